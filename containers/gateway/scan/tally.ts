/**
 * tally - counts of a batch for its closing lines, and what the postmaster is to be told.
 */
import { scannerLines } from './log-lines.ts';
import type { Noticed } from './notice.ts';

export interface Tally {
  clean: number;
  cleaned: number;
  silent: number;
  spam: number;
  infections: number;
  warnedSenders: number;
  readonly noticed: Noticed[];
  log(log: (text: string) => void): void;
}

export function createTally(): Tally {
  return {
    clean: 0,
    cleaned: 0,
    silent: 0,
    spam: 0,
    infections: 0,
    warnedSenders: 0,
    noticed: [],
    log(log) {
      if (this.clean > 0) log(scannerLines.uninfected(this.clean));
      if (this.cleaned > 0) log(scannerLines.cleaned(this.cleaned));
      if (this.silent > 0) log(scannerLines.silentDelivered(this.silent));
      if (this.warnedSenders > 0) log(scannerLines.senderWarnings(this.warnedSenders));
    },
  };
}

/**
 * judge-viruses - asks the virus engine about a message, and says which of its answers nobody is told of.
 */
import type { Infection, ScannedMessage, Unpacked, VirusEngine } from './engines.ts';
import { entireMessage, type Block } from './findings.ts';
import { scannerLines } from './log-lines.ts';
import type { Settings } from './settings.ts';

export interface VirusDeps {
  readonly settings: Settings;
  readonly virus: VirusEngine;
  log(text: string): void;
}

export type VirusFindings =
  | { readonly kind: 'scanned'; readonly infections: readonly Infection[]; readonly blocks: readonly Block[] }
  /** Nothing may be delivered now. */
  | { readonly kind: 'failed'; readonly reason: string };

export async function judgeViruses(
  deps: VirusDeps,
  message: ScannedMessage,
  unpacked: Unpacked,
): Promise<VirusFindings> {
  const { settings, virus, log } = deps;
  if (!settings.yes('Virus Scanning', message) || /^none$/i.test(settings.text('Virus Scanners')))
    return { kind: 'scanned', infections: [], blocks: [] };
  const answer = await virus
    .scan(message, unpacked, { wholeMessage: settings.yes('ClamAV Full Message Scan') })
    .catch((error: unknown) => ({ kind: 'failed' as const, reason: String(error) }));
  if (answer.kind === 'failed') return answer;
  for (const { virus: name, fileName, partNumber } of answer.infections)
    log(scannerLines.infected(virus.name, name, message.id, partNumber === undefined ? '' : fileName));
  const scanner = settings.yes('Include Scanner Name In Reports') ? `${virus.name}: ` : '';
  return {
    kind: 'scanned',
    infections: answer.infections,
    blocks: answer.infections.map((infection) => ({
      kind: 'virus',
      partNumber: infection.partNumber,
      fileName: infection.partNumber === undefined ? entireMessage : infection.fileName,
      report: `${scanner}${infection.partNumber === undefined ? ' message' : infection.fileName} was infected: ${infection.virus}`,
      keep: true,
    })),
  };
}

/** All of them are Silent Viruses, and none is named in Non-Forging Viruses. */
export function areSilent(settings: Settings, message: ScannedMessage, infections: readonly Infection[]): boolean {
  const has = (option: string, virus: string): boolean =>
    settings
      .words(option, message)
      .some((word) => virus.toLowerCase().includes(word.toLowerCase()) || word.toLowerCase() === 'all-viruses');
  return (
    infections.length > 0 &&
    infections.every(({ virus }) => !has('Non-Forging Viruses', virus) && has('Silent Viruses', virus))
  );
}

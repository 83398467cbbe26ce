/**
 * evidence - what probes saw while a check ran, verbatim, with time and place; never an opinion.
 *
 * Append-only. Long text is cut, and says so.
 */
import type { Clock } from '#util/clock.ts';

export type EvidenceKind = 'smtp' | 'dns' | 'imap' | 'log' | 'file' | 'command' | 'outside' | 'note';

export interface EvidenceItem {
  readonly kind: EvidenceKind;
  /** ISO 8601. */
  readonly at: string;
  /** What was looked at: `198.19.1.25 -> 198.18.1.20:25`. */
  readonly where: string;
  readonly lines: readonly string[];
}

export interface Evidence {
  add(kind: EvidenceKind, where: string, lines: readonly string[]): void;
  readonly items: readonly EvidenceItem[];
}

const mostLines = 200;
const longestLine = 2000;

export function createEvidence(clock: Clock): Evidence {
  const items: EvidenceItem[] = [];
  return {
    items,
    add(kind, where, lines) {
      const kept = lines
        .slice(0, mostLines)
        .map((line) =>
          line.length > longestLine
            ? `${line.slice(0, longestLine)} [... ${line.length - longestLine} characters more]`
            : line,
        );
      const left = lines.length - kept.length;
      items.push({
        kind,
        at: new Date(clock.now()).toISOString(),
        where,
        lines: left > 0 ? [...kept, `[... ${left} lines more]`] : kept,
      });
    },
  };
}

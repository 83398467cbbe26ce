/**
 * seat-zone - a zone in a file of a seat's own root, whose report goes into a log beside it.
 *
 * Failures: a log that cannot be written (its student may have put anything in its place) loses the report and nothing else.
 */
import { appendToHostFile } from '#util/host-file.ts';
import type { HostRoot } from '#util/host-root.ts';
import type { ZoneSource } from './zone-store.ts';

/** `file` and `log` are host paths. */
export function seatZone(root: HostRoot, { origin, file, log }: Record<'origin' | 'file' | 'log', string>): ZoneSource {
  const report = (lines: readonly string[]): void =>
    void appendToHostFile(root, log, `${lines.join('\n')}\n`).catch(() => undefined);
  return { origin, root, file, shownAs: file, report };
}

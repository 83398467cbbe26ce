/**
 * load-zone - a zone file read, parsed and checked; its report in named-checkzone's lines.
 *
 * Used by the server and by `named-checkzone(1)`, so that what the command says is what the server does.
 */
import { readFile } from 'node:fs/promises';
import { checkZone, findSingletonFault } from './check-zone.ts';
import type { ZoneError } from './lex-zone.ts';
import { parseZone } from './parse-zone.ts';
import type { Zone } from './zone.ts';

const largestZoneFileBytes = 8_000_000;

export type LoadedZone =
  | { readonly kind: 'loaded'; readonly zone: Zone; readonly lines: readonly string[] }
  | { readonly kind: 'refused'; readonly lines: readonly string[] };

/**
 * Loads the zone `origin` from the machine path `file`; `shownAs` is how the file is named in the lines. Lines of our own begin with `cure: `.
 */
export async function loadZone(origin: string, file: string, shownAs: string): Promise<LoadedZone> {
  const apex = origin.replace(/\.$/, '') || '.';
  const refusal = (summary: string, ...before: string[]): LoadedZone => ({
    kind: 'refused',
    lines: [
      ...before,
      `zone ${apex}/IN: loading from master file ${shownAs} failed: ${summary}`,
      `zone ${apex}/IN: not loaded due to errors.`,
    ],
  });
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error)
    return refusal(text.code === 'ENOENT' ? 'file not found' : `permission denied or unreadable (${text.code})`);
  if (text.length > largestZoneFileBytes) return refusal('file too large');
  return judgeZone(origin, text, shownAs);
}

/** As loadZone, from the text itself. */
export function judgeZone(origin: string, text: string, shownAs: string): LoadedZone {
  const apex = origin.replace(/\.$/, '') || '.';
  const tail = `zone ${apex}/IN: not loaded due to errors.`;
  const refuseFor = ({ source, line, message, summary, cure }: ZoneError): LoadedZone => ({
    kind: 'refused',
    lines: [
      `${source ? `${source}: ` : ''}${shownAs}:${line}: ${message}`,
      `cure: ${cure}`,
      `zone ${apex}/IN: loading from master file ${shownAs} failed: ${summary}`,
      tail,
    ],
  });
  const parsed = parseZone(text, origin);
  if (parsed.kind === 'bad') return refuseFor(parsed.error);
  const aliasFault = findSingletonFault(parsed.zone);
  if (aliasFault) return refuseFor(aliasFault);
  const early = parsed.warnings.flatMap((each) => [`${shownAs}:${each.line}: ${each.text}`, `cure: ${each.cure}`]);
  const { errors, warnings } = checkZone(parsed.zone, parsed.records);
  const say = (each: { line: number; text: string; cure: string }): string[] => [
    each.text.startsWith('warning:')
      ? `${shownAs}:${each.line}: ${each.text.replace(/^warning: (?=.* bad owner name)/, '')}`
      : `zone ${apex}/IN: ${each.text}`,
    `cure: ${each.line > 0 ? `${shownAs}, line ${each.line}: ` : ''}${each.cure}`,
  ];
  const lines = [...early, ...errors.flatMap(say), ...warnings.flatMap(say)];
  if (errors.length > 0) return { kind: 'refused', lines: [...lines, tail] };
  return {
    kind: 'loaded',
    zone: parsed.zone,
    lines: [...lines, `zone ${apex}/IN: loaded serial ${parsed.zone.serial}`],
  };
}

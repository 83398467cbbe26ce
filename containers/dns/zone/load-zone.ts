/**
 * load-zone - a zone file read, parsed and checked; its report in named-checkzone's lines.
 *
 * Used by the server and by `named-checkzone(1)`, so that what the command says is what the server does.
 */
import { openHostFile } from '#util/host-file.ts';
import type { HostRoot } from '#util/host-root.ts';
import { checkZone, findSingletonFault } from './check-zone.ts';
import type { ZoneError } from './lex-zone.ts';
import { parseZone } from './parse-zone.ts';
import type { Zone } from './zone.ts';

/** Some thousand records, ten times what a seat needs: a name server that reads for seconds answers nobody. */
const largestZoneFileBytes = 100_000;

/** Where a zone is kept. */
export interface ZoneFile {
  readonly root: HostRoot;
  /** Host path. */
  readonly file: string;
  /** As its owner knows it: how the file is named in the lines. */
  readonly shownAs: string;
}

export type LoadedZone =
  | { readonly kind: 'loaded'; readonly zone: Zone; readonly lines: readonly string[] }
  | { readonly kind: 'refused'; readonly lines: readonly string[] };

/** Loads the zone `origin`. What stands in its file's place is untrusted. Lines of our own begin with `cure: `. */
export async function loadZone(origin: string, { root, file, shownAs }: ZoneFile): Promise<LoadedZone> {
  const apex = origin.replace(/\.$/, '') || '.';
  const refusal = (summary: string, ...before: string[]): LoadedZone => ({
    kind: 'refused',
    lines: [
      ...before,
      `zone ${apex}/IN: loading from master file ${shownAs} failed: ${summary}`,
      `zone ${apex}/IN: not loaded due to errors.`,
    ],
  });
  try {
    const text = await readZoneFile(root, file);
    return text === undefined ? refusal('file too large') : judgeZone(origin, text, shownAs);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refusal(code === 'ENOENT' ? 'file not found' : `permission denied or unreadable (${code ?? message})`);
  }
}

/** Undefined when it is too large. */
async function readZoneFile(root: HostRoot, hostPath: string): Promise<string | undefined> {
  const file = await openHostFile(root, hostPath);
  try {
    const buffer = Buffer.alloc(largestZoneFileBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > largestZoneFileBytes) return undefined;
      if (bytesRead === 0) return buffer.toString('utf8', 0, length);
    }
  } finally {
    await file.close();
  }
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

/**
 * format-service - a service of master.cf as `postconf -M` writes it: eight fields in columns, then its arguments (postconf(1)).
 */
import type { MasterService } from './config.ts';

const columns = [0, 11, 17, 25, 33, 41, 49, 57];
const lineLimit = 80;

/** The eight field names of `postconf -F`, in order. */
export const serviceFields = [
  'service',
  'type',
  'private',
  'unprivileged',
  'chroot',
  'wakeup',
  'process_limit',
  'command',
] as const;
export type ServiceField = (typeof serviceFields)[number];

/** One field's text. */
export function fieldOf(service: MasterService, field: ServiceField): string {
  switch (field) {
    case 'service':
      return service.name;
    case 'process_limit':
      return service.processLimit;
    case 'command':
      return [service.command, service.commandLine].filter(Boolean).join(' ');
    default:
      return service[field];
  }
}

/** One line, or with `fold` several of less than 80 columns, each `-o` on its own. */
export function formatService(service: MasterService, fold: boolean): string {
  let line = '';
  for (const [index, field] of serviceFields.slice(0, -1).entries())
    line = `${at(line, columns[index] ?? 0)}${fieldOf(service, field)}`;
  line = `${at(line, columns[7] ?? 0)}${service.command}`;
  if (service.commandLine === '') return line;
  if (!fold) return `${line} ${service.commandLine}`;
  // An option begins a line of its own, with its value; words behind the options (`argv=...`) may look like options and are none.
  const options = /^(?:-o (?:\{[^}]*\}|\S+) ?|-\S+ ?)*/.exec(service.commandLine)?.[0] ?? '';
  const rest = service.commandLine.slice(options.length);
  const lines = options.match(/-o (?:\{[^}]*\}|\S+)|-\S+/g) ?? [];
  const head = lines.length > 0 || rest === '' ? line : foldLine(`${line} ${rest}`, line.length);
  return [
    head,
    ...lines.map((each) => `    ${each}`),
    ...(lines.length > 0 && rest !== '' ? [foldLine(`    ${rest}`, 4)] : []),
  ].join('\n');
}

/** Goes on to the column, with at least one blank. */
function at(line: string, column: number): string {
  return line === '' ? '' : `${line} `.padEnd(column);
}

/** Breaks at blanks behind `keep` so that lines stay below 80 columns; continuation lines are indented by four. */
export function foldLine(text: string, keep = 0): string {
  const lines: string[] = [];
  let line = text.slice(0, keep);
  for (const word of text.slice(keep).split(' ').filter(Boolean)) {
    if (line.trim() !== '' && line.length + 1 + word.length >= lineLimit) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === '' || line.endsWith(' ') ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

/**
 * settings - what a seat's main.cf files say, for telling what was changed since a check last held. Untrusted text.
 *
 * Limits: a plain reading (name = value, continuation lines joined); no expansion.
 */
import type { Range } from '#range';

const longestValue = 400;
const mostSettings = 300;

/** `gateway mynetworks` to its value, for both hosts of the seat. */
export async function readSettings(range: Range, seat: string): Promise<Record<string, string>> {
  const settings: [string, string][] = [];
  for (const host of ['gateway', 'mailbox'] as const) {
    const read = await range.readFile(seat, host, '/etc/postfix/main.cf');
    if (read.kind !== 'file') continue;
    const logical = read.text
      .split('\n')
      .filter((line) => !/^\s*(#|$)/.test(line))
      .join('\n')
      .replace(/\n\s+/g, ' ');
    for (const [, name = '', value = ''] of logical.matchAll(/^(\w+)\s*=\s*(.*)$/gm))
      settings.push([`${host} ${name}`, value.trim().slice(0, longestValue)]);
  }
  return Object.fromEntries(settings.slice(0, mostSettings));
}

/**
 * quarantine - what a gateway's quarantine keeps of a mail.
 *
 * A file belongs to the mail when it holds its canary, or lies below a folder (or is a file) named for its queue id: a site may keep whole messages, or only
 * the files that were taken out of them. The quarantine is where MailScanner.conf says; everything read here is untrusted.
 *
 * Limits: a value of `Quarantine Dir` that is a ruleset is not followed; then the shipped folder is searched.
 */
import type { Range } from '#range';
import type { SentMail } from '../context.ts';

const shippedFolder = '/var/spool/MailScanner/quarantine';
const mostFiles = 500;

/** Host paths of the files; none when nothing is kept. */
export async function lookInQuarantine(
  range: Pick<Range, 'readFile' | 'listFiles'>,
  seat: string,
  { canary, queueId }: Pick<SentMail, 'canary' | 'queueId'>,
): Promise<string[]> {
  const names = await range.listFiles(seat, 'gateway', await quarantineFolder(range, seat));
  const isNamed = (name: string): boolean =>
    queueId !== undefined && name.split('/').some((part) => part === queueId || part.startsWith(`${queueId}.`));
  const kept = names.filter(isNamed);
  if (kept.length > 0) return kept;
  const holding: string[] = [];
  for (const name of names.slice(-mostFiles)) {
    const read = await range.readFile(seat, 'gateway', name);
    if (read.kind === 'file' && read.text.includes(canary)) holding.push(name);
  }
  return holding;
}

async function quarantineFolder(range: Pick<Range, 'readFile'>, seat: string): Promise<string> {
  const read = await range.readFile(seat, 'gateway', '/etc/MailScanner/MailScanner.conf');
  const value = read.kind === 'file' ? /^\s*Quarantine\s*Dir\s*=\s*(\/\S+)\s*$/im.exec(read.text)?.[1] : undefined;
  return value === undefined || value.endsWith('.rules') ? shippedFolder : value;
}

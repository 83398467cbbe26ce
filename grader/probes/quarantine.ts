/**
 * quarantine - what a gateway's quarantine keeps of a mail.
 *
 * A file belongs to the mail when it holds its canary, or lies below a folder (or is a file) named for its queue id: a site may keep whole messages, or only
 * the files that were taken out of them. The quarantine is where MailScanner.conf says; on a gateway with amavis it is amavis's own, whose log names the file of a mail (it may be
 * compressed). Everything read here is untrusted.
 *
 * Limits: a value of `Quarantine Dir` that is a ruleset is not followed; then the shipped folder is searched. Of amavis, the shipped folder and one that conf.d/50-user names.
 */
import type { Range } from '#range';
import type { SentMail } from '../context.ts';

type Reading = Pick<Range, 'readFile' | 'listFiles'>;
type Sent = Pick<SentMail, 'canary' | 'queueId'>;

const shippedFolder = '/var/spool/MailScanner/quarantine';
const amavisFolder = '/var/lib/amavis/virusmails';
const mostFiles = 500;

/** Host paths of the files; none when nothing is kept. */
export async function lookInQuarantine(range: Reading, seat: string, sent: Sent): Promise<string[]> {
  const { canary, queueId } = sent;
  const names = await listQuarantines(range, seat);
  const logged = names.length > 0 ? await loggedNames(range, seat, sent) : [];
  const isNamed = (name: string): boolean =>
    logged.some((each) => name.endsWith(`/${each}`)) ||
    (queueId !== undefined && name.split('/').some((part) => part === queueId || part.startsWith(`${queueId}.`)));
  const kept = names.filter(isNamed);
  if (kept.length > 0) return kept;
  const holding: string[] = [];
  for (const name of names.slice(-mostFiles)) {
    const read = await range.readFile(seat, 'gateway', name);
    if (read.kind === 'file' && read.text.includes(canary)) holding.push(name);
  }
  return holding;
}

async function listQuarantines(range: Reading, seat: string): Promise<string[]> {
  const folders = await Promise.all([mailScannerFolder(range, seat), ownAmavisFolder(range, seat)]);
  const lists = await Promise.all(folders.map((folder) => range.listFiles(seat, 'gateway', folder)));
  return lists.flat();
}

/** Names that amavis told in the line about this mail: `quarantine: K/spam-Kx7.gz, Queue-ID: ...`. */
async function loggedNames(range: Reading, seat: string, { canary, queueId }: Sent): Promise<string[]> {
  const read = await range.readFile(seat, 'gateway', '/var/log/mail.log');
  const lines = read.kind === 'file' ? read.text.split('\n') : [];
  return lines
    .filter((line) => line.includes(canary) || (queueId !== undefined && line.includes(`Queue-ID: ${queueId},`)))
    .flatMap((line) => / amavis\[\d+\]: .*, quarantine: ([\w./+-]+),/.exec(line)?.[1] ?? []);
}

async function mailScannerFolder(range: Reading, seat: string): Promise<string> {
  const read = await range.readFile(seat, 'gateway', '/etc/MailScanner/MailScanner.conf');
  const value = read.kind === 'file' ? /^\s*Quarantine\s*Dir\s*=\s*(\/\S+)\s*$/im.exec(read.text)?.[1] : undefined;
  return value === undefined || value.endsWith('.rules') ? shippedFolder : value;
}

async function ownAmavisFolder(range: Reading, seat: string): Promise<string> {
  const read = await range.readFile(seat, 'gateway', '/etc/amavis/conf.d/50-user');
  const value =
    read.kind === 'file' ? /^\s*\$QUARANTINEDIR\s*=\s*['"](\/[^'"$]+)['"]/m.exec(read.text)?.[1] : undefined;
  return value ?? amavisFolder;
}

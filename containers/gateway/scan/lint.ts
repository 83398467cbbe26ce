/**
 * lint - `MailScanner --lint`: reads everything as the scanner would, says what is wrong with it and where, and sends the test virus through the checks.
 */
import type { HostDeps } from '#util/host.ts';
import type { HostRoot } from '#util/host-root.ts';
import { readHostText } from '#util/host-text.ts';
import { parseMime } from '#mail/mime.ts';
import { unpack } from '../content/unpack.ts';
import { eicar } from '../virus/built-in.ts';
import { openAttempts } from './attempts.ts';
import { chooseVirusEngine } from './choose-scanners.ts';
import type { ScannedMessage } from './engines.ts';
import { judgeFiles } from './judge-files.ts';
import { judgeViruses } from './judge-viruses.ts';
import { faultText, loadScanner, type LoadedScanner } from './load-scanner.ts';
import { scannerLines } from './log-lines.ts';

const rule = `${'='.repeat(75)}\n`;

/** Prints its findings; 0 when there is nothing wrong, else 1. */
export async function lintScanner(
  deps: Pick<HostDeps, 'root' | 'wire' | 'clock'>,
  print: (text: string) => void,
): Promise<number> {
  const { root } = deps;
  const scanner = await loadScanner(root);
  const loaded = { ...scanner, virus: chooseVirusEngine(deps, scanner.settings, scanner.virus) };
  const { settings, faults } = loaded;
  const say = (line: string): void => print(`${line}\n`);
  for (const file of settings.files) say(scannerLines.reading(file));
  for (const { name, file, line } of settings.idle) say(scannerLines.idleOption(name, file, line));
  const ofSpam = faults.filter((fault) => fault.text.startsWith('config: '));
  for (const fault of faults) if (!ofSpam.includes(fault)) say(`ERROR: ${faultText(fault)}`);
  say('\nChecking version numbers...\nVersion number in MailScanner.conf (5.5.3) is correct.\n');
  say(`MailScanner setting GID to ${await idOf(root, '/etc/group', settings.text('Run As Group'))}`);
  say(`MailScanner setting UID to ${await idOf(root, '/etc/passwd', settings.text('Run As User'))}`);
  say('\nChecking for SpamAssassin errors (if you use it)...');
  for (const fault of ofSpam) say(`ERROR: ${faultText(fault)}`);
  say(ofSpam.length === 0 ? 'SpamAssassin reported no errors.' : `SpamAssassin reported ${ofSpam.length} errors.`);
  const isDatabase = await countProcessing(root, settings.text('Processing Attempts Database'), say);
  say('Using locktype = posix');
  say(`MailScanner.conf says "Virus Scanners = ${settings.text('Virus Scanners')}"`);
  say(`Found these virus scanners installed: clamd`);
  print(rule);
  const reports = await testVirus(loaded, say);
  print(rule);
  say('Virus Scanner test reports:');
  for (const report of reports) say(report);
  if (reports.length === 0)
    say('ERROR: no scanner found the test virus: mail is held, or passes without a look (see above)');
  if (faults.length > 0) say(`\n${faults.length} faults found; what is not named above is in use.`);
  const isQuiet = /^none$/i.test(settings.text('Virus Scanners')) || !settings.yes('Virus Scanning');
  return faults.length === 0 && isDatabase && (reports.length > 0 || isQuiet) ? 0 : 1;
}

/** `postfix (107)`. */
async function idOf(root: HostRoot, file: string, name: string): Promise<string> {
  const text = await readHostText(root, file).catch(() => '');
  const id = text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([each]) => each === name)?.[2];
  return `${name} (${id ?? 'unknown'})`;
}

async function countProcessing(root: HostRoot, file: string, say: (line: string) => void): Promise<boolean> {
  try {
    const attempts = await openAttempts(root.resolve(file));
    say(scannerLines.connectedToProcessing());
    say(`There are ${attempts.all().length} messages in the Processing Attempts Database`);
    attempts.close();
    return true;
  } catch (error) {
    say(`ERROR: Could not use the Processing Attempts Database ${file}: ${String(error)} (cure: remove the file)`);
    return false;
  }
}

/** The test virus as an attachment, seen by file rules and engine; what the engine said. */
async function testVirus(
  { settings, fileRules, virus }: LoadedScanner,
  say: (line: string) => void,
): Promise<string[]> {
  const content = Buffer.from(
    `Subject: Virus Scanner Test Message\nContent-Type: application/octet-stream; name="eicar.com"\nContent-Disposition: attachment; filename="eicar.com"\n\n${eicar}\n`,
  );
  const message: ScannedMessage = {
    id: '1',
    queueId: '1',
    clientAddress: '10.1.1.1',
    clientName: 'unknown',
    isClientSpoofed: false,
    reversePath: 'sender@example.com',
    recipients: ['recipient@example.com'],
    heloName: 'example.com',
    content,
    mime: parseMime(content),
  };
  const deps = { settings, fileRules, virus, log: say, warn: say };
  const unpacked = await unpack(message, { maxArchiveDepth: 1, maxTotalBytes: 10_000, maxFiles: 10 });
  const { blocks } = judgeFiles(deps, message, unpacked);
  if (blocks.length > 0) say(scannerLines.otherProblems(blocks.length));
  say(scannerLines.virusStarting());
  const found = await judgeViruses(deps, message, unpacked);
  if (found.kind === 'failed') {
    say(`ERROR: Virus Scanning: ${virus.name}: ${found.reason}`);
    return [];
  }
  if (found.infections.length === 0) return [];
  say(scannerLines.engineFound(virus.name, found.infections.length));
  say(scannerLines.infectedFrom(message.id, message.clientAddress));
  say(scannerLines.virusesFound(found.infections.length));
  return found.infections.map(({ fileName, virus: name }) => `${virus.name} said "${fileName} was infected: ${name}"`);
}

/**
 * mailscanner - MailScanner(8) as a command: looks at the configuration without scanning mail.
 *
 * `--lint` checks every file and runs the test virus through; exit status 1 when something is wrong. `--changed` lists what differs from the shipped values,
 * `--value=OPTION [--from=A] [--to=B] [--ip=C]` says what an option is for that mail, `--processing` what is being tried again, `--version`.
 *
 * Limits: `--debug` and starting the scanner are not here; the host starts it (`service mailscanner start`).
 */
import { systemClock } from '#util/clock.ts';
import { printable } from '#util/terminal-text.ts';
import { parseWire } from '#util/wire.ts';
import { findSurroundings, print, runTool, ToolError } from '#mta/tools/tool.ts';
import { openAttempts } from '../scan/attempts.ts';
import { lintScanner } from '../scan/lint.ts';
import { optionKey, scannerOptions } from '../scan/options.ts';
import { loadSettings } from '../scan/settings.ts';

const usage =
  'usage: MailScanner --lint | --changed | --value=OPTION [--from=ADDRESS] [--to=ADDRESS] [--ip=ADDRESS] | --processing | --version';

await runTool('MailScanner', async (args) => {
  const { root } = findSurroundings(undefined);
  const flags = new Map(
    args.map((arg) => [arg.replace(/=.*$/s, ''), arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : '']),
  );
  switch ([...flags.keys()][0]) {
    case '--lint':
    case '-lint':
      return lintScanner(
        { root, wire: parseWire(process.env['GATEHOUSE_WIRE'] ?? 'direct'), clock: systemClock },
        print,
      );
    case '--changed':
      return printChanged();
    case '--value':
      return printValue();
    case '--processing':
      return printProcessing();
    case '-v':
    case '--version':
      print('This is MailScanner version 5.5.3\n');
      return 0;
    default:
      throw new ToolError(usage);
  }

  async function printChanged(): Promise<number> {
    const rows = (await loadSettings(root)).changed();
    print(`\nTable of Changed Values:\n\n${row('Option Name', 'Default', 'Current Value')}${'='.repeat(79)}\n`);
    for (const { name, shipped, value } of rows) print(row(optionKey(name), shipped, value));
    return 0;
  }

  async function printValue(): Promise<number> {
    const name = flags.get('--value') ?? '';
    const option = scannerOptions.find((each) => optionKey(each.name) === optionKey(name));
    if (!option) throw new ToolError(`unknown option "${name}"`);
    const [from = '', to = '', ip = ''] = ['--from', '--to', '--ip'].map((flag) => flags.get(flag));
    const value = (await loadSettings(root)).text(option.name, {
      clientAddress: ip,
      reversePath: from,
      recipients: to === '' ? [] : to.split(','),
    });
    print(
      `Looked up internal option name "${optionKey(name)}"\nWith sender = ${from}\n  recipient = ${to}\nClient IP = ${ip}\nVirus = \nResult is "${value}"\n`,
    );
    return 0;
  }

  async function printProcessing(): Promise<number> {
    const file = (await loadSettings(root)).text('Processing Attempts Database');
    const attempts = await openAttempts(root.resolve(file)).catch((error: unknown) => {
      throw new ToolError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
    });
    const rows = attempts.all();
    attempts.close();
    print(`Currently being processed:\n\nNumber of messages: ${rows.length}\nTries   Message\n=====   =======\n`);
    for (const { id, count } of rows) print(`${String(count).padEnd(8)}${printable(id)}\n`);
    return 0;
  }
});

function row(name: string, shipped: string, value: string): string {
  return `${name.padEnd(34)} ${shipped.padEnd(14)} ${value.replace(/\n/g, '\\n')}\n`;
}

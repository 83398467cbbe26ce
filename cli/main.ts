/**
 * gatehouse - the command: workshops, hosts, labs and grades.
 *
 * Exit status: 0 done, 1 not all passed or refused, 2 wrong usage or could not be done; `exec` and `shell` end as their command ends.
 * Faults are one sentence with the cure on standard error, never a stack trace; GATEHOUSE_DEBUG=1 adds it, for whoever mends the program.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { printable } from '#util/terminal-text.ts';
import { loadCommands } from './command-table.ts';
import { dressHelp } from './help-texts.ts';
import { openTexts } from './texts.ts';

const wrongUsage = 2;

/** A reader that closed the pipe (`gatehouse logs pc1 mailbox | head`) ends the command quietly. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : wrongUsage));

async function createProgram(asked: string | undefined): Promise<Command> {
  const texts = openTexts();
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('gatehouse')
    .description(texts.say('help.about'))
    .version(version, '-V, --version', texts.say('options.version'))
    .helpOption('-h, --help', texts.say('options.help'))
    .helpCommand('help [command]', texts.say('commands.help'))
    .configureOutput({
      outputError: (text, write) => write(printable(text, { multiline: true }).replace(/^error: /, 'gatehouse: ')),
    })
    .showHelpAfterError(texts.say('help.see'))
    .enablePositionalOptions()
    .exitOverride();
  await loadCommands(program, asked);
  dressHelp(program, texts);
  return program.addHelpText('after', `\n${texts.say('help.more')}`);
}

function report(error: unknown): void {
  // A program that failed has a number there.
  const { code, exitCode = 1 } = error as { code?: unknown; exitCode?: number };
  if (typeof code === 'string' && code.startsWith('commander.')) {
    process.exitCode = exitCode === 0 ? 0 : wrongUsage;
    return;
  }
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`gatehouse: ${printable(text, { multiline: true })}\n`);
  if (process.env['GATEHOUSE_DEBUG'] && error instanceof Error)
    process.stderr.write(`${printable(error.stack ?? '', { multiline: true })}\n`);
  process.exitCode = wrongUsage;
}

try {
  const program = await createProgram(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  report(error);
}

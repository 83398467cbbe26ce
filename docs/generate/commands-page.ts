/**
 * commands-page - docs/reference/commands.md: the gatehouse command as commander knows it, and the hosts' commands as their files describe them.
 *
 * `gatehouse`: every `register...` function of `cli/commands/*.ts` is run on an empty program. Hosts: every file in a `tools/bin` folder, with the opening comment of
 * the file that it runs.
 */
import path from 'node:path';
import { Command } from 'commander';
import { dressHelp } from '../../cli/help-texts.ts';
import { openTexts } from '../../cli/texts.ts';
import { findFiles, home, openingComment, oneSentence, readSource } from './sources.ts';
import { code, markdownTable } from './table.ts';

/** The register functions of the command files, in the order of the files. */
export async function registerFunctions(): Promise<Map<string, (program: Command) => void>> {
  const found = new Map<string, (program: Command) => void>();
  for (const file of findFiles('cli/commands/*.ts').filter((each) => !each.endsWith('.test.ts')))
    for (const [name, value] of Object.entries((await import(path.join(home, file))) as Record<string, unknown>))
      if (/^register[A-Z]/.test(name)) found.set(name, value as (program: Command) => void);
  return found;
}

/** A program with every command, which nothing is run on. */
async function wholeProgram(): Promise<Command> {
  const program = new Command('gatehouse').enablePositionalOptions();
  for (const register of (await registerFunctions()).values()) register(program);
  dressHelp(program, openTexts());
  return program;
}

function describeCommand(command: Command, before: string): string {
  const name = `${before} ${command.name()}`;
  if (command.commands.length > 0) return command.commands.map((each) => describeCommand(each, name)).join('\n\n');
  const words = command.registeredArguments.map((each) => {
    const word = `${each.name()}${each.variadic ? '...' : ''}`;
    return each.required ? ` <${word}>` : ` [${word}]`;
  });
  const options = command.options.filter((each) => !each.hidden);
  const table = markdownTable(
    ['option', 'what it does', 'default'],
    options.map((each) => [
      code(each.flags),
      `${each.description}${each.envVar === undefined ? '' : ` (or \`${each.envVar}\`)`}`,
      each.defaultValue === undefined ? '' : code(String(each.defaultValue)),
    ]),
  );
  return `### ${code(`${name}${words.join('')}`)}\n\n${command.description()}${options.length > 0 ? `\n\n${table}` : ''}`;
}

/** The launchers, each with the TypeScript file that it runs: that of its name, or the one named in it. */
export function hostCommands(): { name: string; file: string }[] {
  return findFiles('{mta,containers/*}/tools/bin/*').map((launcher) => {
    const name = path.posix.basename(launcher);
    const folder = path.posix.dirname(path.posix.dirname(launcher));
    const [, script = `${name}.ts`] = /\/([\w-]+\.ts)\b/.exec(readSource(launcher)) ?? [];
    return { name, file: path.posix.join(folder, script) };
  });
}

function describeHostCommand({ name, file }: { name: string; file: string }): string {
  const [, ...rest] = openingComment(readSource(file)) ?? [];
  const body = rest.join('\n').trim();
  return `### ${code(name)}\n\n${oneSentence(file)}${body === '' ? '' : `\n\n${body}`}`;
}

export async function commandsPage(): Promise<string> {
  const program = await wholeProgram();
  const commands = program.commands.toSorted((one, other) => (one.name() < other.name() ? -1 : 1));
  return `# Commands

## gatehouse

\`npx gatehouse COMMAND\` from the clone. Exit status: 0 done or all passed, 1 not all passed or refused, 2 wrong usage or could not judge.

${commands.map((each) => describeCommand(each, 'gatehouse')).join('\n\n')}

## Commands on the hosts

\`gatehouse exec SEAT HOST -- COMMAND\` runs them, and they come first on the path of \`gatehouse shell SEAT HOST\`. Files may be named as they are for that host (\`/etc/postfix/main.cf\`).

${hostCommands().map(describeHostCommand).join('\n\n')}
`;
}

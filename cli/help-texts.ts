/**
 * help-texts - gives the commands and their options the words of the reader's language, and help its order.
 *
 * `commands.NAME` and `options.FLAG` (or `options.NAME--FLAG`, where a command means something of its own) in the language's file; what has no text there keeps the words of its code.
 */
import type { Command } from 'commander';
import { commandTable } from './command-table.ts';
import type { Texts } from './texts.ts';

/** Words and headings for `program` and all that is registered on it, in the table's order. */
export function dressHelp(program: Command, texts: Texts): void {
  const order = (command: Command): number => commandTable.findIndex((row) => row.name === command.name());
  (program.commands as Command[]).sort((first, second) => order(first) - order(second));
  program.configureHelp({
    subcommandTerm: (command) => [command.name(), ...argumentTerms(command)].join(' '),
    visibleCommands: ({ commands }) => [...commands], // without "help" itself: the last line tells of it
  });
  for (const command of program.commands) {
    const row = commandTable.find(({ name }) => name === command.name());
    const heading = row && texts.find(`groups.${row.group}`);
    if (heading !== undefined) command.helpGroup(heading);
    dressCommand(command, texts);
  }
}

function argumentTerms({ registeredArguments }: Command): string[] {
  return registeredArguments.map((each) => {
    const name = `${each.name()}${each.variadic ? '...' : ''}`;
    return each.required ? `<${name}>` : `[${name}]`;
  });
}

function dressCommand(command: Command, texts: Texts, path = command.name()): void {
  const words = texts.find(`commands.${path}`);
  const details = texts.find(`details.${path}`);
  if (words !== undefined) command.description(words);
  if (details !== undefined) command.addHelpText('after', `\n${details}`);
  for (const option of command.options) {
    const name = option.name();
    option.description = texts.find(`options.${path}--${name}`) ?? texts.find(`options.${name}`) ?? option.description;
  }
  for (const each of command.commands) dressCommand(each, texts, `${path} ${each.name()}`);
}

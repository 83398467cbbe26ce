/**
 * Every command and option has its words in the language's file, so that another language needs no code.
 */
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandTable, loadCommands } from './command-table.ts';
import { openTexts } from './texts.ts';

const texts = openTexts();

test('every command that is registered stands in the table, with a text and a heading, and the other way round', async () => {
  const program = new Command().enablePositionalOptions();
  await loadCommands(program, undefined);
  expect(program.commands.map((command) => command.name()).sort()).toEqual(commandTable.map(({ name }) => name).sort());
  for (const { name, group } of commandTable)
    expect([name, texts.find(`commands.${name}`), texts.find(`groups.${group}`)]).not.toContain(undefined);
});

test('every option has a text', async () => {
  const program = new Command().enablePositionalOptions();
  await loadCommands(program, undefined);
  const missing = program.commands.flatMap((command) =>
    command.options
      .filter(
        (option) =>
          (texts.find(`options.${command.name()}--${option.name()}`) ?? texts.find(`options.${option.name()}`)) ===
          undefined,
      )
      .map((option) => `${command.name()} --${option.name()}`),
  );
  expect(missing).toEqual([]);
});

test('only the module of the asked command is loaded', async () => {
  const program = new Command().enablePositionalOptions();
  await loadCommands(program, 'exec');
  expect(program.commands.map((command) => command.name())).toEqual(['status', 'shell', 'logs', 'exec']);
});

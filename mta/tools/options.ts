/**
 * options - command lines as getopt(3) reads them: `-c DIR`, `-cDIR`, `-nh`, `--`.
 *
 * An unknown letter, or a missing argument, ends the command with the tool's usage text, as with the real programs.
 */
import { ToolError } from './tool.ts';

export interface OptionSpec {
  readonly tool: string;
  /** getopt's form: letters, a colon behind those that take an argument (`c:nd`). */
  readonly letters: string;
  /** After `fatal: usage: `. */
  readonly usage: string;
}

export interface Options {
  /** Values of each letter given; an empty list for a letter without argument. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
  /** Letters in the order they were given. */
  readonly order: readonly string[];
}

/** @throws ToolError with the usage text. */
export function readOptions(args: readonly string[], { tool, letters, usage }: OptionSpec): Options {
  const flags = new Map<string, string[]>();
  const rest: string[] = [];
  const order: string[] = [];
  const refuse = (text: string): never => {
    process.stderr.write(`${tool}: ${text}\n`);
    throw new ToolError(`usage: ${usage}`);
  };
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '--') {
      rest.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      rest.push(word);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      const known = letter === ':' ? -1 : letters.indexOf(letter);
      if (known < 0) refuse(`invalid option -- '${letter}'`);
      const values = flags.get(letter) ?? [];
      flags.set(letter, values);
      order.push(letter);
      if (letters.charAt(known + 1) !== ':') continue;
      const value = at + 1 < word.length ? word.slice(at + 1) : args[++index];
      if (value === undefined) refuse(`option requires an argument -- '${letter}'`);
      else values.push(value);
      break;
    }
  }
  return { flags, rest, order };
}

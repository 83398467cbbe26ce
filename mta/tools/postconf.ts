/**
 * postconf - postconf(1): shows and edits parameters.
 *
 * `postconf [-c dir] [-n|-d] [-h|-H] [-x] [-f] [-o name=value] [name ...]`, `-e name=value ...`, `-X name ...`, `-# name ...`; for master.cf `-M`, `-F` and `-P`, also with -e, -X and -#;
 * `-m` (table types), `-l` (lock types), `-a` and `-A` (SASL types).
 *
 * Limits: no -b, -t, -C and -T: the texts of notices are fixed here.
 */
import { tableTypes } from '../config/tables/open-table.ts';
import { readOptions } from './options.ts';
import { editMain, showMain } from './postconf-main.ts';
import { masterMode } from './postconf-master.ts';
import { findSurroundings, print, runTool, ToolError } from './tool.ts';

const tool = 'postconf';
const usage =
  'postconf [-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] [-c param_class] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] [-H (no values)] [-l (lock types)] [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] [-o name=value (override parameter value)] [-p (main.cf, default)] [-P (master.cf parameters)] [-t (bounce templates)] [-T compile-version|run-version|public-key-algorithms] [-v (verbose)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]';

await runTool(tool, async (args) => {
  const options = readOptions(args, { tool, letters: 'aAbc:C:deEfFhHlmMno:pPtT:vxX#', usage });
  const { flags, rest } = options;
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  for (const letter of ['b', 'C', 't', 'T'])
    if (flags.has(letter)) throw new ToolError(`-${letter} is not available in this mail system`);
  if (flags.has('m')) return say(tableTypes);
  if (flags.has('l')) return say(['flock', 'fcntl', 'dotlock']);
  if (flags.has('a')) return say(['cyrus', 'dovecot']);
  if (flags.has('A')) return say(['cyrus']);
  if (flags.has('M') || flags.has('F') || flags.has('P')) return masterMode(surroundings, options);
  if (flags.has('e') || flags.has('X') || flags.has('#') || rest.some((word) => word.includes('=')))
    return editMain(surroundings, options);
  return showMain(surroundings, options);
});

function say(lines: readonly string[]): number {
  print(`${lines.join('\n')}\n`);
  return 0;
}

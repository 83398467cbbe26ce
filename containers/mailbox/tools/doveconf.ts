/**
 * doveconf - doveconf(1): what dovecot.conf says, or what is wrong with it.
 *
 * `doveconf [-c FILE] [-n|-a] [-h] [-P] [NAME...]`. `-n` shows what is set, `-a` also the settings that this host acts on with their defaults; with names only those, `-h` without the
 * name before the value, `-P` with passwords shown. Exits 89 when the configuration is wrong, as Dovecot's does, with the cure on a second line.
 */
import path from 'node:path';
import { readOptions } from '#mta/tools/options.ts';
import { findSurroundings, print, runTool } from '#mta/tools/tool.ts';
import { printable } from '#util/terminal-text.ts';
import { DovecotConfError } from '../conf/conf-error.ts';
import { defaults, showSettings } from '../conf/show-conf.ts';
import { readConf } from '../conf/read-conf.ts';
import { defaultConfFile, interpret } from '../conf/settings.ts';

const faultyConfiguration = 89;
const usage = 'doveconf [-c FILE] [-n|-a] [-h] [-P] [NAME...]';

await runTool('doveconf', async (args) => {
  const { flags, rest } = readOptions(args, { tool: 'doveconf', letters: 'c:nahP', usage });
  const { root } = findSurroundings(undefined);
  const given = flags.get('c')?.at(-1);
  const file = given === undefined ? defaultConfFile : root.display(path.resolve(given));
  try {
    const settings = await readConf(root, file);
    interpret(settings, file);
    const shown = flags.has('a') || rest.length > 0 ? [...defaults(settings), ...settings] : settings;
    const unknown = rest.find((name) => !shown.some((setting) => setting.name === name));
    if (unknown !== undefined)
      throw new DovecotConfError(`Unknown setting: ${unknown}`, 'doveconf -a lists the settings');
    if (rest.length === 0) print(`# Gatehouse, in Dovecot 2.3's form: ${file}\n`);
    print(showSettings(shown, { names: rest, bare: flags.has('h'), secrets: flags.has('P') }));
    return 0;
  } catch (error) {
    if (!(error instanceof DovecotConfError)) throw error;
    process.stderr.write(`doveconf: Fatal: ${printable(error.message)}\ndoveconf: cure: ${printable(error.cure)}\n`);
    return faultyConfiguration;
  }
});

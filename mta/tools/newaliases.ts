/**
 * newaliases - newaliases(1): compiles the tables of alias_database. Silent when all is well.
 */
import { compileTable } from '../config/tables/hash.ts';
import { readOptions } from './options.ts';
import { findSurroundings, loadConfig, runTool, ToolError, warn } from './tool.ts';

await runTool('postalias', async (args) => {
  const { flags } = readOptions(args, { tool: 'newaliases', letters: 'c:v', usage: 'newaliases [options]' });
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const config = await loadConfig(surroundings);
  for (const table of config.list('alias_database')) {
    const [, type = '', file = ''] = /^([a-z]+):(.*)$/.exec(table) ?? [];
    if (type !== 'hash' && type !== 'btree') throw new ToolError(`unsupported map type: ${table}`);
    try {
      const { problems } = await compileTable(surroundings.root, file, 'aliases');
      for (const problem of problems) warn('postalias', problem);
    } catch {
      throw new ToolError(`open ${file}: No such file or directory`);
    }
  }
  return 0;
});

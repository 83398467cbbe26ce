/**
 * newaliases - newaliases(1): compiles the tables of alias_database. Silent when all is well.
 */
import { compileTable } from '../config/tables/hash.ts';
import { findSurroundings, loadConfig, readFlags, runTool, ToolError } from './tool.ts';

await runTool('postalias', async (args) => {
  const { flags } = readFlags(args, 'c');
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const config = await loadConfig(surroundings);
  for (const table of config.list('alias_database')) {
    const [, type = '', file = ''] = /^([a-z]+):(.*)$/.exec(table) ?? [];
    if (type !== 'hash' && type !== 'btree') throw new ToolError(`unsupported map type: ${table}`);
    try {
      const { problems } = await compileTable(surroundings.root, file, 'aliases');
      for (const problem of problems)
        process.stderr.write(`postalias: warning: ${problem.text}\npostalias: cure: ${problem.cure}\n`);
    } catch {
      throw new ToolError(`open ${file}: No such file or directory`);
    }
  }
  return 0;
});

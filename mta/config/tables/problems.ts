/**
 * problems - what a program says of the tables that it opens, before it does anything else (DATABASE_README).
 */
import type { ProcessLog } from '../../log/mail-log.ts';
import type { PostfixConfig } from '../config.ts';

/** Opens the tables that these parameters name and logs what is wrong with each. */
export async function logTableProblems(
  config: PostfixConfig,
  parameters: readonly string[],
  log: ProcessLog,
): Promise<void> {
  const names = new Set(parameters.flatMap((name) => tablesAmong(config.list(name))));
  for (const name of names) {
    const table = await config.table(name);
    for (const { severity, text } of table.problems) log[severity](text);
  }
}

/** `type:name` words; behind check_policy_service stands a server (`unix:private/policy`), which is no table. */
function tablesAmong(words: readonly string[]): string[] {
  return words.filter(
    (word, index) => /^[a-z]+:[^:\d]/.test(word) && words[index - 1]?.toLowerCase() !== 'check_policy_service',
  );
}

/**
 * postfix-log - what postfix(1) says: on the terminal and in the mail log, as postlog(1) does.
 */
import os from 'node:os';
import { systemClock } from '#util/clock.ts';
import type { PostfixConfig } from '../config/config.ts';
import { createMailLogFile } from '../log/mail-log-file.ts';
import { loadAnyConfig, mailLogOf, type Surroundings } from './tool.ts';

/** Says the text and gives the exit status back. A configuration that cannot be read is no reason to be silent. */
export async function sayAndLog(surroundings: Surroundings, text: string, exitCode: number): Promise<number> {
  process.stderr.write(`postfix/postfix-script: ${text}\n`);
  const config = await loadAnyConfig(surroundings).catch(() => undefined);
  const log = createMailLogFile(mailLogOf(surroundings, config), hostOf(config), systemClock, process.pid);
  const [, fatal] = /^fatal: (.*)$/s.exec(text) ?? [];
  const line = log.process('postfix/postfix-script');
  if (fatal === undefined) line.info(text);
  else line.fatal(fatal);
  return exitCode;
}

function hostOf(config: PostfixConfig | undefined): string {
  return config?.text('myhostname') ?? os.hostname();
}

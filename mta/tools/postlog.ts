/**
 * postlog - postlog(1): writes a line of one's own into the mail log: `postlog [-p priority] [-t tag] [text]`; without text, each line of standard input.
 *
 * On a terminal it says the line there too. -i is accepted: the process number is always written.
 */
import { text } from 'node:stream/consumers';
import { systemClock } from '#util/clock.ts';
import { createMailLogFile } from '../log/mail-log-file.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import { readOptions } from './options.ts';
import { findSurroundings, loadConfig, mailLogOf, runTool, ToolError } from './tool.ts';
import { printable } from '#util/terminal-text.ts';

const tool = 'postlog';
const usage = 'postlog [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]';
const severities: Readonly<Record<string, 'info' | 'warning' | 'error' | 'fatal' | 'panic'>> = {
  info: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  err: 'error',
  fatal: 'fatal',
  crit: 'fatal',
  panic: 'panic',
};

await runTool(tool, async (args) => {
  const { flags, rest } = readOptions(args, { tool, letters: 'c:ip:t:v', usage });
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const config = await loadConfig(surroundings);
  const priority = flags.get('p')?.at(-1) ?? 'info';
  const severity = severities[priority];
  if (severity === undefined) throw new ToolError(`bad severity: "${priority}"`);
  const tag = flags.get('t')?.at(-1) ?? `${config.text('syslog_name')}/${tool}`;
  const log = createMailLogFile(mailLogOf(surroundings, config), config.text('myhostname'), systemClock, process.pid);
  const own = log.process(tag);
  const lines = rest.length > 0 ? [rest.join(' ')] : (await text(process.stdin)).replace(/\n$/, '').split('\n');
  for (const line of lines) say(own, tag, severity, line);
  return 0;
});

function say(log: ProcessLog, tag: string, severity: string, line: string): void {
  const words = severity === 'info' ? line : `${severity}: ${line}`;
  log.info(words);
  if (process.stderr.isTTY) process.stderr.write(`${tag}: ${printable(words)}\n`);
}

/**
 * mail-log-file - the host's /var/log/mail.log, one line after another in the order they were written.
 *
 * Lines are gathered and appended in one write; the file is opened anew for each, so that it may be rotated or removed at any time. A full or missing disk loses lines, never mail.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { printable } from '#util/terminal-text.ts';
import { syslogTime } from './syslog-time.ts';
import type { MailLog, ProcessLog } from './mail-log.ts';

const firstProcessNumber = 200;

/** `file`: machine path; `host`: the name on every line, its first label; `firstNumber`: process number of the first program. */
export function createMailLogFile(file: string, host: string, clock: Clock, firstNumber = firstProcessNumber): MailLog {
  let pending: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let scheduled = false;
  let nextNumber = firstNumber;
  const label = host.split('.')[0] ?? host;

  const writeOut = async (): Promise<void> => {
    scheduled = false;
    const lines = pending.join('');
    pending = [];
    if (lines === '') return;
    await appendFile(file, lines)
      .catch(async () => {
        await mkdir(path.dirname(file), { recursive: true });
        await appendFile(file, lines);
      })
      .catch(() => undefined);
  };
  const add = (tag: string, text: string): void => {
    pending.push(`${syslogTime(clock.now())} ${label} ${tag}: ${printable(text)}\n`);
    if (scheduled) return;
    scheduled = true;
    writing = writing.then(writeOut);
  };
  return {
    process(ident): ProcessLog {
      const pid = nextNumber++;
      const tag = `${ident}[${pid}]`;
      return {
        pid,
        info: (text) => add(tag, text),
        warning: (text) => add(tag, `warning: ${text}`),
        error: (text) => add(tag, `error: ${text}`),
        fatal: (text) => add(tag, `fatal: ${text}`),
      };
    },
    flush: () => writing,
  };
}

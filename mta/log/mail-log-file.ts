/**
 * mail-log-file - the host's /var/log/mail.log, one line after another in the order they were written.
 *
 * Lines of one turn of the event loop are appended in one write, before anything else happens: whoever hears of a thing finds it in the log. The file is opened anew for each, so that it may be
 * rotated or removed at any time. A full or missing disk loses lines, never mail.
 */
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { printable } from '#util/terminal-text.ts';
import { syslogTime } from './syslog-time.ts';
import type { MailLog, ProcessLog } from './mail-log.ts';

const firstProcessNumber = 200;
/** A pipe in the file's place must not hold the host up: without a reader, or with a slow one, it loses lines. */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** `file`: machine path; `host`: the name on every line, its first label; `firstNumber`: process number of the first program. */
export function createMailLogFile(file: string, host: string, clock: Clock, firstNumber = firstProcessNumber): MailLog {
  let pending: string[] = [];
  let nextNumber = firstNumber;
  const label = host.split('.')[0] ?? host;

  const writeOut = (): void => {
    const lines = pending.join('');
    pending = [];
    try {
      append(file, lines);
    } catch {
      // Lost, and mail goes on.
    }
  };
  const add = (tag: string, text: string): void => {
    pending.push(`${syslogTime(clock.now())} ${label} ${tag}: ${printable(text)}\n`);
    if (pending.length === 1) queueMicrotask(writeOut);
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
  };
}

/** @throws Error of the system where the lines are lost */
function append(file: string, lines: string): void {
  const log = open(file);
  try {
    writeFileSync(log, lines);
  } finally {
    closeSync(log);
  }
}

function open(file: string): number {
  try {
    return openSync(file, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(path.dirname(file), { recursive: true });
    return openSync(file, flags);
  }
}

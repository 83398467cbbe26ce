/**
 * mbox - appends a message to a mailbox file: `From ` line, `>From ` quoting, an empty line behind (mbox(5)).
 *
 * A dot-lock keeps two writers apart (postconf: mailbox_delivery_lock); what was appended half is cut off again.
 *
 * Limits: no fcntl lock, which Node.js does not have: readers of the mailbox must honour FILE.lock.
 */
import { mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import type { Give } from './maildir.ts';
import { waitFor } from '#util/deadline.ts';

export interface MboxDelivery {
  /** Machine path. */
  readonly file: string;
  readonly content: Buffer;
  /** '' prints as MAILER-DAEMON. */
  readonly sender: string;
  /** postconf: mailbox_size_limit; 0: none. */
  readonly sizeLimit: number;
  readonly clock: Clock;
  /** Hands a new file to the mailbox's owner. */
  readonly give?: Give;
}

/** The mailbox would grow beyond its limit. */
export class MailboxFull extends Error {
  override readonly name = 'MailboxFull';
}

/** postconf: deliver_lock_attempts times deliver_lock_delay, and stale_lock_time. */
const lockWaitMs = 20_000;
const staleLockMs = 500_000;

/** Appends the message. @throws MailboxFull, or the system's error. */
export async function deliverToMbox(delivery: MboxDelivery): Promise<void> {
  const { file, clock } = delivery;
  await mkdir(path.dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  await waitFor(`the lock of ${path.basename(file)}`, () => tryLock(lock, clock), {
    clock,
    timeoutMs: lockWaitMs,
    everyMs: 50,
  });
  try {
    await append(delivery);
  } finally {
    await rm(lock, { force: true });
  }
}

async function tryLock(
  lock: string,
  clock: Clock,
): Promise<{ kind: 'there'; value: undefined } | { kind: 'not-yet'; seen: string }> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return { kind: 'there', value: undefined };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = await stat(lock).catch(() => undefined);
    if (found && clock.now() - found.mtimeMs > staleLockMs) {
      await rm(lock, { force: true });
      return tryLock(lock, clock);
    }
    return { kind: 'not-yet', seen: `${lock} is there` };
  }
}

async function append({ file, content, sender, sizeLimit, clock, give }: MboxDelivery): Promise<void> {
  const text = content.toString('latin1').replace(/^(?=From )/gm, '>');
  const bytes = Buffer.from(
    `From ${sender === '' ? 'MAILER-DAEMON' : sender}  ${mboxTime(clock.now())}\n${text}\n`,
    'latin1',
  );
  const handle = await open(file, 'a', 0o600);
  try {
    const { size } = await handle.stat();
    if (size === 0) await give?.(file);
    if (sizeLimit > 0 && size + bytes.length > sizeLimit)
      throw new MailboxFull('error writing message: File too large');
    try {
      await handle.appendFile(bytes);
      await handle.sync();
    } catch (error) {
      await handle.truncate(size);
      throw error;
    }
  } finally {
    await handle.close();
  }
}

/** `Tue Nov 24 04:00:04 2026`. */
function mboxTime(ms: number): string {
  const [, day = '', date = '', month = '', year = '', time = ''] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`;
}

/**
 * mbox - appends a message to a mailbox file: `From ` line, `>From ` quoting, an empty line behind.
 *
 * One writer a file at a time (this MTA); what was appended half is cut off again.
 */
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';

/** `file`: machine path. `sender`: '' prints as MAILER-DAEMON. @throws the system's error. */
export async function deliverToMbox(
  file: string,
  content: Buffer,
  sender: string,
  nowMs: number,
  give: (file: string) => Promise<void> = async () => undefined,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o600);
  try {
    const { size } = await handle.stat();
    if (size === 0) await give(file);
    const text = content.toString('latin1').replace(/^(?=From )/gm, '>');
    try {
      await handle.appendFile(
        Buffer.from(`From ${sender === '' ? 'MAILER-DAEMON' : sender}  ${mboxTime(nowMs)}\n${text}\n`, 'latin1'),
      );
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

/**
 * transaction - STAT LIST UIDL RETR TOP DELE RSET NOOP: what a logged-in POP3 client may ask (RFC 1939 section 5, section 7).
 */
import { MessageGone } from '../maildir/maildir.ts';
import type { DropMessage, MailDrop } from './mail-drop.ts';

/** The whole answer, without the last line end. */
export async function answerTransaction(drop: MailDrop, verb: string, argument: string): Promise<string> {
  switch (verb) {
    case 'NOOP':
      return '+OK';
    case 'RSET':
      drop.reset();
      return '+OK';
    case 'STAT': {
      const left = drop.left();
      return `+OK ${left.length} ${left.reduce((sum, { size }) => sum + size, 0)}`;
    }
    case 'LIST':
      return listing(drop, argument, `+OK ${drop.left().length} messages:`, ({ size }) => String(size));
    case 'UIDL':
      return listing(drop, argument, '+OK', ({ uniqueId }) => uniqueId);
    case 'RETR':
    case 'TOP':
      return retrieve(drop, verb, argument);
    case 'DELE': {
      const found = find(drop, argument);
      if (typeof found === 'string') return found;
      drop.delete(found);
      return '+OK Marked to be deleted.';
    }
    default:
      return `-ERR Unknown command: ${verb.replace(/[^\x21-\x7e]/g, '?').slice(0, 40)}`;
  }
}

/** The message, or the answer that says why there is none. */
function find(drop: MailDrop, word: string): DropMessage | string {
  if (!/^\d{1,10}$/.test(word))
    return `-ERR Invalid message number: ${word.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)}`;
  const found = drop.messages[Number(word) - 1];
  if (!found) return `-ERR There's no message ${Number(word)}.`;
  return drop.isDeleted(found) ? '-ERR Message is deleted.' : found;
}

function listing(drop: MailDrop, argument: string, head: string, show: (each: DropMessage) => string): string {
  const line = (each: DropMessage): string => `${each.number} ${show(each)}`;
  if (argument.trim() === '') return [head, ...drop.left().map(line), '.'].join('\r\n');
  const found = find(drop, argument.trim());
  return typeof found === 'string' ? found : `+OK ${line(found)}`;
}

async function retrieve(drop: MailDrop, verb: 'RETR' | 'TOP', argument: string): Promise<string> {
  const [number = '', count = ''] = argument.trim().split(/\s+/);
  const found = find(drop, number);
  if (typeof found === 'string') return found;
  if (verb === 'TOP' && !/^\d{1,10}$/.test(count)) return '-ERR Invalid size: TOP takes a number of lines';
  try {
    const bytes = await drop.retrieve(found, verb === 'RETR');
    const shown = verb === 'TOP' ? topLines(bytes, Number(count)) : bytes;
    return `${verb === 'RETR' ? `+OK ${found.size} octets` : '+OK'}\r\n${stuff(shown)}.`;
  } catch (error) {
    if (error instanceof MessageGone) return '-ERR [SYS/TEMP] The message has been removed meanwhile.';
    throw error;
  }
}

/** Header and `lines` of the body (RFC 1939 section 7). */
function topLines(bytes: Buffer, lines: number): Buffer {
  const bodyStart = bytes.indexOf('\r\n\r\n');
  if (bodyStart < 0) return bytes;
  let end = bodyStart + 4;
  for (let line = 0; line < lines && end < bytes.length; line++) {
    const newline = bytes.indexOf('\r\n', end);
    end = newline < 0 ? bytes.length : newline + 2;
  }
  return bytes.subarray(0, end);
}

/** RFC 1939 section 3: lines that begin with a dot get another; the last line has its end. */
function stuff(bytes: Buffer): string {
  // Only CR LF ends a line here: a lone CR does not.
  const text = bytes.toString('latin1').replace(/(^|\r\n)\./g, '$1..');
  return text.endsWith('\r\n') || text === '' ? text : `${text}\r\n`;
}

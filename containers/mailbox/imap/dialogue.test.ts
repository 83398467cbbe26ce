/**
 * A recorded dialogue: the answers of a genuine Dovecot to a long list of commands, broken messages included, and ours beside them.
 *
 * Not compared: UIDVALIDITY, the order of LIST lines, quotes around mailbox names.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestMailbox, type Talk, type TestMailbox } from '../test-mailbox.ts';

const testdata = path.join(import.meta.dirname, '..', 'testdata');

interface Exchange {
  readonly command: string;
  readonly answer: string[];
}

const recorded: Exchange[] = [];
for (const line of readFileSync(path.join(testdata, 'imap-dialogue.txt'), 'latin1').split('\n')) {
  if (line.startsWith('C: ')) recorded.push({ command: line.slice(3), answer: [] });
  else if (line.startsWith('S: ')) recorded.at(-1)?.answer.push(line.slice(3));
}

const bytesOf = (text: string): string =>
  text
    .replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('\\r\\n', '\r\n')
    .replaceAll('\\\\', '\\');

/** As the recording writes a line. */
const written = (line: string): string =>
  line
    .replaceAll('\\', '\\\\')
    // eslint-disable-next-line no-control-regex -- those are written in hexadecimal
    .replace(/[\x00-\x1f\x7f-\xff]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

const comparable = (lines: readonly string[]): string[] => {
  const plain = lines.map((line) =>
    line
      .replace(/UIDVALIDITY \d+/, 'UIDVALIDITY n')
      .replace(/^(\* (?:LIST|LSUB|STATUS) (?:\(.*\) "\." )?)"([^"]+)"/, '$1$2'),
  );
  const lists = plain.filter((line) => /^\* (LIST|LSUB)/.test(line)).sort();
  return [...lists, ...plain.filter((line) => !/^\* (LIST|LSUB)/.test(line))];
};

let box: TestMailbox;
let client: Talk;
beforeAll(async () => {
  box = await startTestMailbox();
  const messages = path.join(testdata, 'messages');
  for (const name of readdirSync(messages).sort()) {
    const number = Number.parseInt(name, 10);
    const flags = number === 2 ? 'S' : number === 5 ? 'F' : '';
    const file = path.join(box.maildir, 'cur', `100000000${number}.M${number}P1.h:2,${flags}`);
    await copyFile(path.join(messages, name), file);
    await utimes(file, 1577872800, 1577872800); // 1 Jan 2020 10:00:00 UTC
  }
  client = await box.imap();
});
afterAll(() => box[Symbol.asyncDispose]());

async function answerTo(command: string): Promise<string[]> {
  client.write(`t ${bytesOf(command)}\r\n`);
  const lines: string[] = [];
  for (;;) {
    const line = await client.line();
    lines.push(written(line));
    if (line.startsWith('t ') || line.includes('(closed)')) return lines;
  }
}

describe('IMAP answers as a genuine Dovecot does', () => {
  test.each(recorded.map(({ command, answer }, index) => ({ command, answer, index })))(
    '$index: $command',
    async ({ command, answer }) => {
      expect(comparable(await answerTo(command))).toEqual(comparable(answer));
    },
  );
});

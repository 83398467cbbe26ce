/**
 * queue-file - one message as one file: a header line, the content, and the recipients' states appended behind it.
 *
 *     GATEHOUSE-QUEUE 1 <bytes of the JSON> <bytes of the content> <CRC-32 of both>
 *     {"envelope":...,"origin":...,"arrivalMs":...}
 *     <content, LF line ends>
 *     STATE {"0":{"kind":"done"}}            one line for each `mark`; the last word on a recipient counts
 *
 * A file whose lengths or checksum do not fit is damaged. A state line that a crash cut short is left out: the recipient is tried again.
 */
import { lateZlib } from '#util/late-modules.ts';
import type { Envelope, Origin, QueuedMessage } from '../message.ts';
import type { MessageNotes, NewMessage, RecipientState } from './queue.ts';

interface StoredHead {
  readonly envelope: Envelope;
  readonly origin: Origin;
  readonly arrivalMs: number;
  readonly filter?: string;
}

export interface QueueFile {
  readonly message: QueuedMessage;
  readonly states: readonly RecipientState[];
  readonly forcedExpire: boolean;
  readonly delayWarned: boolean;
}

/** The file's bytes. */
export function encodeQueueFile(message: NewMessage, arrivalMs: number): Buffer {
  const { envelope, origin, filter } = message;
  const head = Buffer.from(
    JSON.stringify({ envelope, origin, arrivalMs, ...(filter === undefined ? {} : { filter }) } satisfies StoredHead),
  );
  const checksum = checksumOf(head, message.content);
  return Buffer.concat([
    Buffer.from(`GATEHOUSE-QUEUE 1 ${head.length} ${message.content.length} ${checksum.toString(16)}\n`),
    head,
    Buffer.from('\n'),
    message.content,
    Buffer.from('\n'),
  ]);
}

/** One appended line. */
export function encodeStates(states: ReadonlyMap<number, RecipientState>, notes: MessageNotes = {}): Buffer {
  return Buffer.from(
    `STATE ${JSON.stringify({
      ...Object.fromEntries(states),
      ...(notes.forcedExpire ? { expire: true } : {}),
      ...(notes.delayWarned ? { warned: true } : {}),
    })}\n`,
  );
}

/** Reads a file's bytes; undefined when it is damaged. */
export function decodeQueueFile(queueId: string, bytes: Buffer): QueueFile | undefined {
  const newline = bytes.indexOf(0x0a);
  const [, headLength, contentLength, checksum] =
    /^GATEHOUSE-QUEUE 1 (\d+) (\d+) ([0-9a-f]+)$/.exec(bytes.toString('latin1', 0, Math.max(newline, 0))) ?? [];
  if (headLength === undefined) return undefined;
  const headEnd = newline + 1 + Number(headLength);
  const contentEnd = headEnd + 1 + Number(contentLength);
  if (bytes.length < contentEnd + 1) return undefined;
  const head = bytes.subarray(newline + 1, headEnd);
  const content = bytes.subarray(headEnd + 1, contentEnd);
  if (checksumOf(head, content) !== Number.parseInt(checksum ?? '', 16)) return undefined;
  const { envelope, origin, arrivalMs, filter } = JSON.parse(head.toString()) as StoredHead;
  const appended = readStates(bytes.toString('utf8', contentEnd + 1));
  return {
    message: {
      queueId,
      envelope,
      origin,
      arrivalMs,
      sizeBytes: content.length,
      content,
      ...(filter === undefined ? {} : { filter }),
    },
    states: envelope.recipients.map((_recipient, index) => appended.states.get(index) ?? { kind: 'pending' }),
    forcedExpire: appended.forcedExpire,
    delayWarned: appended.delayWarned,
  };
}

function checksumOf(head: Buffer, content: Buffer): number {
  const { crc32 } = lateZlib();
  return crc32(content, crc32(head));
}

function readStates(text: string): Omit<QueueFile, 'message' | 'states'> & { states: Map<number, RecipientState> } {
  const states = new Map<number, RecipientState>();
  let forcedExpire = false;
  let delayWarned = false;
  // A crash may have cut a line short, and the next `mark` then goes on behind it.
  for (const line of text.split('\n').slice(0, -1)) {
    const read = readStateLine(line);
    if (!read) continue;
    const { expire, warned, ...marked } = read;
    forcedExpire ||= expire === true;
    delayWarned ||= warned === true;
    for (const [index, state] of Object.entries(marked)) states.set(Number(index), state);
  }
  return { states, forcedExpire, delayWarned };
}

type StateLine = Record<string, RecipientState> & { expire?: boolean; warned?: boolean };

/** The last whole record of the line; undefined when there is none. */
function readStateLine(line: string): StateLine | undefined {
  const start = line.lastIndexOf('STATE {');
  if (start < 0) return undefined;
  try {
    return JSON.parse(line.slice(start + 'STATE '.length)) as StateLine;
  } catch {
    return undefined;
  }
}

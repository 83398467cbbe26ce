/**
 * postcat - postcat(1): shows messages of the queue: `postcat -q ID ...`, with -e (envelope), -h (headers), -b (body); without -q the arguments are files.
 *
 * Limits: -o and -d, which speak of Postfix's own record format, change nothing.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readHeaders } from '#mail/header.ts';
import type { QueuedMessage } from '../message.ts';
import { decodeQueueFile } from '../queue/queue-file.ts';
import { isQueueId } from '../queue/queue-id.ts';
import type { Queue, QueueName } from '../queue/queue.ts';
import { readOptions, type Options } from './options.ts';
import { findSurroundings, loadConfig, openToolQueue, print, runTool, ToolError } from './tool.ts';

const tool = 'postcat';
const usage =
  'postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]';

const searched: readonly QueueName[] = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt'];

await runTool(tool, async (args) => {
  const { flags, rest } = readOptions(args, { tool, letters: 'bc:dehoqv', usage });
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const queue = await openToolQueue(surroundings, await loadConfig(surroundings));
  for (const name of rest) {
    const { place, message } = flags.has('q') ? await findInQueue(queue, name) : await readQueueFile(name);
    show(place, message, flags);
  }
  return 0;
});

interface Found {
  /** `deferred/5/5E49421E037`, or the file as given. */
  readonly place: string;
  readonly message: QueuedMessage;
}

async function findInQueue(queue: Queue, queueId: string): Promise<Found> {
  if (!/^[0-9A-Za-z]+$/.test(queueId)) throw new ToolError(`bad mail queue ID: ${queueId}`);
  for (const name of isQueueId(queueId) ? searched : []) {
    const taken = await queue.take(queueId, name);
    if (taken)
      return {
        place: [name, ...(name === 'deferred' ? [queueId.charAt(0)] : []), queueId].join('/'),
        message: taken.message,
      };
  }
  throw new ToolError(`open queue file ${queueId}: No such file or directory`);
}

async function readQueueFile(file: string): Promise<Found> {
  const bytes = await readFile(file).catch(() => {
    throw new ToolError(`open ${file}: No such file or directory`);
  });
  const decoded = decodeQueueFile(path.basename(file), bytes);
  if (!decoded) throw new ToolError(`${file}: not a queue file`);
  return { place: file, message: decoded.message };
}

function show(place: string, message: QueuedMessage, flags: Options['flags']): void {
  const all = !['e', 'h', 'b'].some((letter) => flags.has(letter));
  const { bodyStart } = readHeaders(message.content);
  const headers = message.content.toString('utf8', 0, bodyStart);
  // The empty line belongs to the body that it announces.
  const [head, separator] = headers.endsWith('\n\n') ? [headers.slice(0, -1), '\n'] : [headers, ''];
  if (all || flags.has('e'))
    print(`*** ENVELOPE RECORDS ${place} ***\n${envelope(message)}*** MESSAGE CONTENTS ${place} ***\n`);
  if (all || flags.has('h')) print(head);
  if (all || flags.has('b')) print(`${separator}${message.content.toString('utf8', bodyStart)}`);
  if (all || flags.has('e')) print(`*** HEADER EXTRACTED ${place} ***\n*** MESSAGE FILE END ${place} ***\n`);
}

function envelope({
  envelope: { reversePath, recipients, ret, envelopeId },
  origin,
  arrivalMs,
  sizeBytes,
}: QueuedMessage): string {
  const sizes = [sizeBytes, sizeBytes, recipients.length, 0, sizeBytes, 0];
  const attributes = [
    ['log_client_name', origin.client?.name],
    ['log_client_address', origin.client?.address],
    ['log_helo_name', origin.heloName],
    ['log_protocol_name', origin.protocol],
    ['sasl_method', origin.saslMethod],
    ['sasl_username', origin.saslUsername],
    ['rewrite_context', origin.rewriteContext],
    ['envelope_id', envelopeId],
    ['ret_flags', ret],
  ].filter(([, value]) => value !== undefined);
  return [
    `message_size: ${sizes.map((size) => String(size).padStart(15)).join(' ')}`,
    `message_arrival_time: ${wallTime(arrivalMs)}`,
    `create_time: ${wallTime(arrivalMs)}`,
    ...attributes.map(([name, value]) => `named_attribute: ${name}=${value}`),
    `sender: ${reversePath}`,
    ...recipients.flatMap(({ address, originalRecipient, orcpt }) => [
      `named_attribute: dsn_orig_rcpt=${orcpt ?? `rfc822;${originalRecipient}`}`,
      `original_recipient: ${originalRecipient}`,
      `recipient: ${address}`,
    ]),
    '',
  ].join('\n');
}

/** `Wed Nov 25 04:27:14 2026`. */
function wallTime(ms: number): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(ms)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`;
}

/**
 * postcat - postcat(1): shows a message of the queue: `postcat -q ID`, with -e (envelope), -h (headers), -b (body).
 */
import { readHeaders } from '#mail/header.ts';
import type { QueuedMessage } from '../message.ts';
import { findSurroundings, loadConfig, openToolQueue, print, readFlags, runTool, ToolError } from './tool.ts';

await runTool('postcat', async (args) => {
  const { flags, rest } = readFlags(args, 'c');
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const queue = await openToolQueue(surroundings, await loadConfig(surroundings));
  const all = !flags.has('e') && !flags.has('h') && !flags.has('b');
  if (rest.length === 0) throw new ToolError('usage: postcat -q queue_id');
  for (const id of rest) {
    const message = await queue.read(id);
    if (!message) throw new ToolError(`open queue file ${id}: No such file or directory`);
    if (all || flags.has('e')) print(envelope(message));
    const { bodyStart } = readHeaders(message.content);
    if (all) print(`*** MESSAGE CONTENTS ${id} ***\n`);
    if (all || flags.has('h')) print(message.content.toString('utf8', 0, bodyStart));
    if (all || flags.has('b')) print(message.content.toString('utf8', bodyStart));
    if (all) print(`*** MESSAGE FILE END ${id} ***\n`);
  }
  return 0;
});

function envelope({
  queueId,
  envelope: { reversePath, recipients },
  origin,
  arrivalMs,
  sizeBytes,
}: QueuedMessage): string {
  const attributes = [
    ['log_client_name', origin.client?.name],
    ['log_client_address', origin.client?.address],
    ['log_helo_name', origin.heloName],
    ['log_protocol_name', origin.protocol],
    ['sasl_username', origin.saslUsername],
    ['rewrite_context', origin.rewriteContext],
  ].filter(([, value]) => value !== undefined);
  return [
    `*** ENVELOPE RECORDS ${queueId} ***`,
    `message_size: ${sizeBytes}`,
    `message_arrival_time: ${new Date(arrivalMs).toUTCString()}`,
    ...attributes.map(([name, value]) => `named_attribute: ${name}=${value}`),
    `sender: ${reversePath}`,
    ...recipients.flatMap((recipient) => [
      `original_recipient: ${recipient.originalRecipient}`,
      `recipient: ${recipient.address}`,
    ]),
    '',
  ].join('\n');
}

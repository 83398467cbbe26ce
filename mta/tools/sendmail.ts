/**
 * sendmail - sendmail(1), Postfix's: takes a message from standard input into the mail system.
 *
 * `sendmail [-t] [-f sender] [-F name] recipient ...`, `-bp` (mailq), `-bi` (newaliases), `-q` (flush); `-r` is `-f`. The message goes into `maildrop`, also while the mail system is down.
 *
 * Limits: -bs and -bv are not there.
 */
import os from 'node:os';
import { buffer } from 'node:stream/consumers';
import { fieldValues, readHeaders } from '#mail/header.ts';
import addressParser from 'nodemailer/lib/addressparser/index.js';
import { callMaster, findSurroundings, loadConfig, openToolQueue, readFlags, runTool, ToolError } from './tool.ts';

await runTool('sendmail', async (args) => {
  const { flags, rest } = readFlags(args, 'cfFrbBoONVRXq');
  const mode = flags.get('b')?.[0];
  if (mode === 'p') return delegate('./postqueue.ts', ['-p']);
  if (mode === 'i') return delegate('./newaliases.ts', []);
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const config = await loadConfig(surroundings);
  if (flags.has('q')) return (await callMaster(surroundings, config, 'flush'), 0);
  if (mode !== undefined && mode !== 'm') throw new ToolError(`unsupported: -b${mode}`);
  const content = Buffer.from((await buffer(process.stdin)).toString('latin1').replace(/\r\n/g, '\n'), 'latin1');
  const limit = config.integer('message_size_limit');
  if (limit > 0 && content.length > limit) throw new ToolError('message file too big');
  const { uid, username } = os.userInfo();
  const recipients = [...rest, ...(flags.has('t') ? headerRecipients(content) : [])];
  if (recipients.length === 0)
    throw new ToolError(
      flags.has('t')
        ? `${username}(${uid}): No recipient addresses found in message header`
        : 'Recipient addresses must be specified on the command line or via the -t option',
    );
  const sender = (flags.get('f')?.[0] ?? flags.get('r')?.[0] ?? username).replace(/^<|>$/g, '');
  const open = await (await openToolQueue(surroundings, config)).open();
  await open.commit(
    {
      envelope: {
        reversePath: sender,
        recipients: recipients.map((address) => ({ address, originalRecipient: address })),
      },
      origin: { kind: 'pickup', uid, rewriteContext: 'local' },
      content: flags.has('t') ? withoutBcc(content) : content,
    },
    'maildrop',
  );
  await callMaster(surroundings, config, 'kick');
  return 0;
});

/** To, Cc and Bcc, or their Resent- forms when there are any (sendmail(1) -t). */
function headerRecipients(content: Buffer): string[] {
  const { fields } = readHeaders(content);
  const prefix = fields.some((field) => /^resent-(to|cc|bcc)$/i.test(field.name)) ? 'Resent-' : '';
  const values = ['To', 'Cc', 'Bcc'].flatMap((name) => fieldValues(fields, prefix + name));
  return (addressParser(values.join(', '), { flatten: true }) as { address: string }[])
    .map(({ address }) => address)
    .filter(Boolean);
}

/** Nobody is to learn of the blind copies. */
function withoutBcc(content: Buffer): Buffer {
  const { fields, bodyStart } = readHeaders(content);
  if (fields.length === 0) return content;
  const kept = fields.filter((field) => !/^(resent-)?bcc$/i.test(field.name));
  return Buffer.concat([
    Buffer.from(`${kept.map((field) => `${field.name}: ${field.value}\n`).join('')}\n`, 'latin1'),
    content.subarray(bodyStart),
  ]);
}

async function delegate(tool: string, args: readonly string[]): Promise<number> {
  process.argv.splice(2, process.argv.length, ...args);
  await import(tool);
  return Number(process.exitCode ?? 0);
}

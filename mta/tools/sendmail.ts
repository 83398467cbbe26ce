/**
 * sendmail - sendmail(1), Postfix's: takes a message from standard input into the mail system.
 *
 * `sendmail [-t] [-i] [-f sender] [-F name] [-N conditions] [-V envid] recipient ...`; `-bs` speaks SMTP on standard input; `-bp` (mailq), `-bi` or `-I` (newaliases), `-q` (flush).
 * `-r` is `-f`, `-oi` is `-i`, `-C DIR` names the configuration. The message goes into `maildrop`, also while the mail system is down.
 *
 * Limits: no -bv and no report for -v: what became of a message stands in the mail log.
 */
import os from 'node:os';
import { buffer } from 'node:stream/consumers';
import { fieldValues, readHeaders } from '#mail/header.ts';
import addressParser from 'nodemailer/lib/addressparser/index.js';
import { createAccounts } from '../accounts.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { DsnNotify, Envelope } from '../message.ts';
import { readOptions, type Options } from './options.ts';
import {
  callMaster,
  findSurroundings,
  loadConfig,
  openToolQueue,
  runTool,
  ToolError,
  warn,
  type Surroundings,
} from './tool.ts';

const tool = 'sendmail';
/** EX_TEMPFAIL of sysexits(3): whoever called may try again. */
const fatalStatus = 75;
/** Named one by one: an image's bundle holds what an import names in so many words. */
const programs = {
  newaliases: () => import('./newaliases.ts'),
  postfix: () => import('./postfix.ts'),
  postqueue: () => import('./postqueue.ts'),
  smtp: () => import('./sendmail-smtp.ts'),
};
const letters = 'A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:tvx';

await runTool(
  tool,
  async (args) => {
    // -q has an argument only when it is joined: -qI ID, -q1h.
    const flush = args.find((word) => word.startsWith('-q'));
    const options = readOptions(
      args.filter((word) => word !== flush),
      { tool, letters, usage: 'sendmail [options]' },
    );
    const { flags } = options;
    const mode = flags.has('I') ? 'i' : (flags.get('b')?.at(-1) ?? 'm');
    const surroundings = findSurroundings(flags.get('C')?.[0]);
    const config = await loadConfig(surroundings); // as itself, before it hands over to another command
    if (flush !== undefined) return flushQueue(flush, options);
    switch (mode) {
      case 'm':
        return submit(surroundings, config, options);
      case 'p':
        return delegate(programs.postqueue, ['-p']);
      case 'i':
        return delegate(programs.newaliases, []);
      case 's':
        return delegate(programs.smtp, []);
      case 'v':
        throw new ToolError(
          '-bv is not available in this mail system: ask the tables with postmap -q, or send a message',
        );
      case 'd':
      case 'l':
        return delegate(programs.postfix, ['start']);
      default:
        throw new ToolError(`unsupported: -b${mode}`);
    }
  },
  fatalStatus,
);

function flushQueue(flush: string, { rest }: Options): Promise<number> {
  const [, letter = '', joined = ''] = /^-q([IR]?)(.*)$/.exec(flush) ?? [];
  const value = joined === '' ? (rest[0] ?? '') : joined;
  if (letter !== '') return delegate(programs.postqueue, [letter === 'I' ? '-i' : '-s', value]);
  // -q1h: the queue is looked at by itself anyway.
  return joined === '' ? delegate(programs.postqueue, ['-f']) : Promise.resolve(0);
}

async function submit(surroundings: Surroundings, config: PostfixConfig, { flags, rest }: Options): Promise<number> {
  const { uid, username } = os.userInfo();
  const fail = (text: string): never => {
    throw new ToolError(`${username}(${uid}): ${text}`);
  };
  if (rest.length === 0 && !flags.has('t'))
    fail('Recipient addresses must be specified on the command line or via the -t option');
  if (flags.has('v')) warn(tool, { text: '-v: no report is mailed; see the mail log' });
  const keepsDots = flags.has('i') || (flags.get('o') ?? []).includes('i');
  const content = readInput(await buffer(process.stdin), keepsDots);
  const limit = config.integer('message_size_limit');
  if (limit > 0 && content.length > limit) fail('message file too big');
  const recipients = [...rest.flatMap(readAddresses), ...(flags.has('t') ? headerRecipients(content) : [])];
  if (recipients.length === 0) fail('No recipient addresses found in message header');
  const sender = (flags.get('f')?.at(-1) ?? flags.get('r')?.at(-1) ?? username).replace(/^<|>$/g, '');
  const fullName = flags.get('F')?.at(-1) ?? process.env['NAME'] ?? (await gecosName(surroundings, username));
  const open = await (await openToolQueue(surroundings, config)).open();
  await open.commit(
    {
      envelope: makeEnvelope(sender, recipients, flags),
      origin: { kind: 'pickup', uid, rewriteContext: 'local', ...(fullName === '' ? {} : { fullName }) },
      content: flags.has('t') ? withoutBcc(content) : content,
    },
    'maildrop',
  );
  await wakePickup(surroundings, config);
  return 0;
}

async function wakePickup(surroundings: Surroundings, config: PostfixConfig): Promise<void> {
  // Nobody there: the message waits for the next start.
  await callMaster(surroundings, config, 'kick');
}

async function gecosName({ root }: Surroundings, user: string): Promise<string> {
  return (await createAccounts(root).account(user))?.fullName ?? '';
}

function makeEnvelope(reversePath: string, recipients: readonly string[], flags: Options['flags']): Envelope {
  const notify = readNotify(flags.get('N')?.at(-1));
  const envelopeId = flags.get('V')?.at(-1);
  return {
    reversePath,
    recipients: recipients.map((address) => ({ address, originalRecipient: address, ...(notify ? { notify } : {}) })),
    ...(envelopeId === undefined ? {} : { envelopeId }),
  };
}

/** -N success,failure,delay or never (RFC 3461 section 4.1). */
function readNotify(text: string | undefined): DsnNotify | undefined {
  if (text === undefined) return undefined;
  const known = ['NEVER', 'SUCCESS', 'FAILURE', 'DELAY'] as const;
  const found: DsnNotify[number][] = [];
  for (const word of text.split(/[\s,]+/)) {
    const condition = known.find((each) => each === word.toUpperCase());
    if (!condition || (condition === 'NEVER' && text.trim().toUpperCase() !== 'NEVER')) {
      warn(tool, { text: `unknown DSN NOTIFY command value "${word}" in "${text}"` });
      warn(tool, { text: 'bad -N option value -- ignored' });
      return undefined;
    }
    found.push(condition);
  }
  return found;
}

/** LF line ends; without -i a dot alone ends the message; mbox's `From ` line in front is no header. */
function readInput(bytes: Buffer, keepsDots: boolean): Buffer {
  const text = bytes
    .toString('latin1')
    .replace(/\r\n/g, '\n')
    .replace(/^>?From .*\n/, '');
  const end = keepsDots ? -1 : `\n${text}`.search(/\n\.(\n|$)/);
  return Buffer.from(end < 0 ? text : text.slice(0, end), 'latin1');
}

/** An argument may name several: `a@b, c@d`. */
function readAddresses(argument: string): string[] {
  if (!/[\s,<>"()]/.test(argument)) return [argument];
  return (addressParser(argument, { flatten: true }) as { address: string }[])
    .map(({ address }) => address)
    .filter(Boolean);
}

/** To, Cc and Bcc, or their Resent- forms when there are any (sendmail(1) -t). */
function headerRecipients(content: Buffer): string[] {
  const { fields } = readHeaders(content);
  const prefix = fields.some((field) => /^resent-(to|cc|bcc)$/i.test(field.name)) ? 'Resent-' : '';
  const values = ['To', 'Cc', 'Bcc'].flatMap((name) => fieldValues(fields, prefix + name));
  return readAddresses(`${values.join(', ')},`);
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

async function delegate(load: () => Promise<unknown>, args: readonly string[]): Promise<number> {
  process.argv.splice(2, process.argv.length, ...args);
  await load();
  return Number(process.exitCode ?? 0);
}

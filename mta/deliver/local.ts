/**
 * local - the delivery agent for mydestination: aliases, .forward, Maildir or mbox (local(8)).
 *
 * Puts Return-Path, X-Original-To and Delivered-To on top. Mail for another address is sent on as a new message, logged as `forwarded as QID`.
 *
 * Limits: commands (`"|program"`) are refused: a host of a training lab runs no programs out of its mail. Files get mbox format.
 */
import path from 'node:path';
import { fieldValues, readHeaders } from '#mail/header.ts';
import { splitAddress } from '#mail/address.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { Account, MtaDeps } from '../mta-deps.ts';
import type { Cleanup } from '../queue/queue.ts';
import type { DeliveryAgent, DeliveryRequest, RecipientOutcome } from './agent.ts';
import { expandLocal, type Destination } from './aliases.ts';
import { deliverToMaildir } from './maildir.ts';
import { deliverToMbox } from './mbox.ts';
import { localOutcome } from './outcome.ts';

export interface LocalAgentOptions {
  readonly config: PostfixConfig;
  readonly deps: MtaDeps;
  readonly cleanup: Cleanup;
}

export function createLocalAgent(options: LocalAgentOptions): DeliveryAgent {
  return {
    async deliver(request) {
      const outcomes: RecipientOutcome[] = [];
      for (const recipient of request.recipients) outcomes.push(await deliverOne(options, request, recipient));
      return outcomes;
    },
  };
}

async function deliverOne(
  options: LocalAgentOptions,
  request: DeliveryRequest,
  { index, address }: { index: number; address: string },
): Promise<RecipientOutcome> {
  const outcome = (status: RecipientOutcome['status'], dsn: string, text: string): RecipientOutcome =>
    localOutcome(index, status, dsn, text, 'local');
  const { fields } = readHeaders(request.message.content);
  if (fieldValues(fields, 'Delivered-To').some((value) => value.trim().toLowerCase() === address.toLowerCase()))
    return outcome('bounced', '5.4.6', `mail forwarding loop for ${address}`);
  const { localPart } = splitAddress(address);
  const destinations = await expandLocal(options.config, options.deps, localPart);
  const failure = destinations.find((each) => each.kind === 'error');
  if (failure?.kind === 'error')
    return outcome(failure.dsn.startsWith('4') ? 'deferred' : 'bounced', failure.dsn, failure.text);
  const forwards = destinations.filter((each) => each.kind === 'address').map((each) => each.address);
  const here = destinations.filter((each) => each.kind !== 'address');
  let last: RecipientOutcome | undefined;
  for (const destination of here) {
    last = await deliverHere(options, request, index, address, destination);
    if (last.status !== 'sent') return last;
  }
  if (forwards.length === 0) return last ?? outcome('bounced', '5.1.1', `unknown user: "${localPart.toLowerCase()}"`);
  return forward(options, request, index, address, forwards);
}

async function deliverHere(
  options: LocalAgentOptions,
  request: DeliveryRequest,
  index: number,
  address: string,
  destination: Destination,
): Promise<RecipientOutcome> {
  const { deps, config } = options;
  const outcome = (status: RecipientOutcome['status'], dsn: string, text: string): RecipientOutcome =>
    localOutcome(index, status, dsn, text, 'local');
  const content = withDeliveryHeaders(request, index, address);
  try {
    switch (destination.kind) {
      case 'user': {
        const account = await deps.account(destination.name);
        if (!account) return outcome('bounced', '5.1.1', `unknown user: "${destination.name}"`);
        return outcome(
          'sent',
          '2.0.0',
          await deliverToUser(config, deps, account, content, request.message.envelope.reversePath),
        );
      }
      case 'file':
        await deliverToMbox(
          deps.root.resolve(destination.path),
          content,
          request.message.envelope.reversePath,
          deps.clock.now(),
        );
        return outcome('sent', '2.0.0', `delivered to file: ${destination.path}`);
      case 'command':
        return outcome('bounced', '5.3.0', `mail to command is restricted: "${destination.command}"`);
      default:
        return outcome('bounced', '5.1.1', `unknown user: "${splitAddress(address).localPart.toLowerCase()}"`);
    }
  } catch (error) {
    return outcome(
      'deferred',
      '4.2.0',
      `maildir delivery failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** home_mailbox in the home folder, else a file in mail_spool_directory. A final slash means Maildir. */
async function deliverToUser(
  config: PostfixConfig,
  deps: MtaDeps,
  account: Account,
  content: Buffer,
  sender: string,
): Promise<string> {
  const homeMailbox = config.text('home_mailbox');
  const spool = config.text('mail_spool_directory');
  const place = homeMailbox === '' ? path.posix.join(spool, account.name) : path.posix.join(account.home, homeMailbox);
  const give = (file: string): Promise<void> => deps.giveFile?.(file, account.uid, account.gid) ?? Promise.resolve();
  const isMaildir = (homeMailbox === '' ? spool : homeMailbox).endsWith('/');
  if (isMaildir) {
    await deliverToMaildir(deps.root.resolve(place), content, config.text('myhostname'), deps.clock, give);
    return 'delivered to maildir';
  }
  await deliverToMbox(deps.root.resolve(place), content, sender, deps.clock.now(), give);
  return 'delivered to mailbox';
}

/** One new message to all other addresses. */
async function forward(
  { cleanup, config }: LocalAgentOptions,
  request: DeliveryRequest,
  index: number,
  address: string,
  targets: readonly string[],
): Promise<RecipientOutcome> {
  const { message } = request;
  const session = await cleanup.begin();
  const original = message.envelope.recipients[index]?.originalRecipient ?? address;
  const result = await session.finish({
    envelope: {
      ...message.envelope,
      recipients: targets.map((target) => ({ address: target, originalRecipient: original })),
    },
    origin: { kind: 'internal', rewriteContext: 'local' },
    content: Buffer.concat([Buffer.from(`Delivered-To: ${address}\n`, 'latin1'), message.content]),
    actions: {},
  });
  if (result.kind === 'queued') return localOutcome(index, 'sent', '2.0.0', `forwarded as ${result.queueId}`, 'local');
  return localOutcome(index, 'deferred', '4.3.0', `unable to forward message at ${config.text('myhostname')}`, 'local');
}

function withDeliveryHeaders(request: DeliveryRequest, index: number, address: string): Buffer {
  const { envelope, content } = request.message;
  const original = envelope.recipients[index]?.originalRecipient ?? address;
  return Buffer.concat([
    Buffer.from(
      `Return-Path: <${envelope.reversePath}>\nX-Original-To: ${original}\nDelivered-To: ${address}\n`,
      'latin1',
    ),
    content,
  ]);
}

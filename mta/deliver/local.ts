/**
 * local - the delivery agent for mydestination: aliases, .forward, Maildir or mbox (local(8)).
 *
 * Puts Return-Path, X-Original-To and Delivered-To on top. Mail for another address is sent on as a new message, logged as `forwarded as QID`. A message that was here for the same address before
 * is in a loop.
 *
 * Limits: commands (`"|program"`, mailbox_command) are never run: a host of a training lab runs no programs out of its mail. No mailbox_transport, fallback_transport.
 */
import { fieldValues, readHeaders } from '#mail/header.ts';
import { splitAddress } from '#mail/address.ts';
import { splitExtension } from '../config/lookup-address.ts';
import { completeAddress } from '../config/resolve-address.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Cleanup } from '../queue/queue.ts';
import type { DeliveryAgent, DeliveryRequest, RecipientOutcome } from './agent.ts';
import { expandLocal, type Destination } from './aliases.ts';
import { deliverToFile, deliverToUser, type Placed } from './mailbox.ts';
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
      for (const recipient of request.recipients) outcomes.push(await deliverOne({ ...options, request, recipient }));
      return outcomes;
    },
  };
}

/** One recipient of one message. */
interface Job extends LocalAgentOptions {
  readonly request: DeliveryRequest;
  readonly recipient: { readonly index: number; readonly address: string };
}

async function deliverOne(job: Job): Promise<RecipientOutcome> {
  const { config, deps, request, recipient } = job;
  const { fields } = readHeaders(request.message.content);
  if (
    fieldValues(fields, 'Delivered-To').some((value) => value.trim().toLowerCase() === recipient.address.toLowerCase())
  )
    return outcomeOf(job, { status: 'bounced', dsn: '5.4.6', text: `mail forwarding loop for ${recipient.address}` });
  const { localPart } = splitAddress(recipient.address);
  const expanded = await expandLocal(config, deps, localPart);
  const destinations = (await Promise.all(expanded.map((each) => catchUnknown(job, each)))).flat();
  const steps: RecipientOutcome[] = [];
  for (const destination of destinations)
    if (destination.kind !== 'address') steps.push(outcomeOf(job, await deliverHere(job, destination), destination.as));
  const forwards = destinations.filter((each) => each.kind === 'address');
  if (forwards.length > 0) steps.push(outcomeOf(job, await forward(job, forwards)));
  return combine(job, steps);
}

/** The worst of the steps is the recipient's; the log and the reports tell each. */
function combine(job: Job, steps: readonly RecipientOutcome[]): RecipientOutcome {
  const worst =
    steps.find(({ status }) => status === 'deferred') ?? steps.find(({ status }) => status === 'bounced') ?? steps[0];
  if (!worst) return outcomeOf(job, { status: 'bounced', dsn: '5.1.1', text: 'alias without any destination' });
  return { ...worst, steps };
}

function outcomeOf({ recipient, config }: Job, placed: Placed, as?: string): RecipientOutcome {
  const { localPart, domain = config.text('myorigin') } = splitAddress(recipient.address);
  const isSame = as === undefined || as === localPart.toLowerCase();
  return {
    ...localOutcome(recipient.index, placed.status, placed.dsn, placed.text, 'local'),
    address: isSame ? recipient.address : `${as}@${domain}`,
  };
}

/** luser_relay: where the mail of unknown users goes. */
async function catchUnknown({ config, deps }: Job, destination: Destination): Promise<Destination[]> {
  const written = config.entries.get('luser_relay') ?? '';
  if (destination.kind !== 'unknown-user' || written === '') return [destination];
  const { name, as } = destination;
  const extension = splitExtension(as, config.text('recipient_delimiter'))?.extension ?? '';
  const values = new Map([
    ['user', name],
    ['local', as],
    ['extension', extension],
    ['domain', config.text('myorigin')],
    ['recipient', completeAddress(config, as)],
  ]);
  const target = config.expand(written, values);
  if (target.includes('@')) return [{ kind: 'address', as, address: target }];
  const found = await expandLocal(config, deps, target);
  // Somebody must be at the end: an unknown catcher catches nothing.
  return found.some((each) => each.kind === 'unknown-user') ? [destination] : found;
}

async function deliverHere(job: Job, destination: Destination): Promise<Placed> {
  const { config, deps, request } = job;
  const mail = { content: withDeliveryHeaders(job), sender: request.message.envelope.reversePath };
  switch (destination.kind) {
    case 'user': {
      const account = await deps.account(destination.name);
      return account ? deliverToUser(config, deps, account, mail) : unknownUser(destination.name);
    }
    case 'file':
      return config.list('allow_mail_to_files').includes(destination.via)
        ? deliverToFile(config, deps, destination.path, mail)
        : { status: 'bounced', dsn: '5.7.1', text: 'mail to file is restricted' };
    case 'command':
      return { status: 'bounced', dsn: '5.7.1', text: 'mail to command is restricted' };
    case 'error':
      return {
        status: destination.dsn.startsWith('4') ? 'deferred' : 'bounced',
        dsn: destination.dsn,
        text: destination.text,
      };
    case 'unknown-user':
      return unknownUser(destination.name);
    case 'address':
      throw new Error('an address is sent on, not delivered here');
  }
}

function unknownUser(name: string): Placed {
  return { status: 'bounced', dsn: '5.1.1', text: `unknown user: "${name}"` };
}

/** One new message to all other addresses; a list's goes out in its owner's name. */
async function forward(
  { cleanup, config, request, recipient }: Job,
  targets: readonly (Destination & { kind: 'address' })[],
): Promise<Placed> {
  const { envelope, content } = request.message;
  const session = await cleanup.begin();
  const original = envelope.recipients[recipient.index]?.originalRecipient ?? recipient.address;
  const owner = targets.find((target) => target.owner !== undefined)?.owner;
  const { domain = config.text('myorigin') } = splitAddress(recipient.address);
  const result = await session.finish({
    envelope: {
      ...envelope,
      eightBit: envelope.eightBit === true || request.message.origin.kind === 'pickup',
      reversePath: owner === undefined || envelope.reversePath === '' ? envelope.reversePath : `${owner}@${domain}`,
      recipients: targets.map(({ address, owner: ofList }) => ({
        address,
        originalRecipient: ofList === undefined ? original : address,
      })),
    },
    origin: { kind: 'internal', rewriteContext: 'local' },
    content: Buffer.concat([Buffer.from(`Delivered-To: ${recipient.address}\n`, 'latin1'), content]),
    actions: {},
  });
  if (result.kind === 'queued') return { status: 'sent', dsn: '2.0.0', text: `forwarded as ${result.queueId}` };
  return { status: 'deferred', dsn: '4.3.0', text: `unable to forward message at ${config.text('myhostname')}` };
}

function withDeliveryHeaders({ request, recipient }: Job): Buffer {
  const { envelope, content } = request.message;
  const original = envelope.recipients[recipient.index]?.originalRecipient ?? recipient.address;
  return Buffer.concat([
    Buffer.from(
      `Return-Path: <${envelope.reversePath}>\nX-Original-To: ${original}\nDelivered-To: ${recipient.address}\n`,
      'latin1',
    ),
    content,
  ]);
}

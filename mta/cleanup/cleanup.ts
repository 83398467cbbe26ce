/**
 * cleanup - makes a message complete, inspects it and puts it into the queue (cleanup(8)).
 *
 * Order: Received: and missing headers, hop count, header and body checks, envelope rewriting, then `incoming` or, after a HOLD action, `hold`. The outcome is the reply that smtpd gives.
 *
 * Limits: no milters; canonical maps rewrite the envelope only.
 */
import { fieldValues, formatField, readHeaders } from '#mail/header.ts';
import { reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import { logTableProblems } from '../config/tables/problems.ts';
import { cleanupLines } from '../log/cleanup-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { Envelope, MessageActions } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Cleanup, CleanupInput, CleanupOutcome, OpenMessage, Queue } from '../queue/queue.ts';
import type { Started } from '../program-starts.ts';
import { mergeActions } from '../decision.ts';
import { completeField } from './complete-addresses.ts';
import { missingHeaders } from './complete-headers.ts';
import { checkContent, type CheckRemark } from './content-checks.ts';
import { receivedField } from './received.ts';
import { rewriteEnvelope } from './rewrite-envelope.ts';

export interface CleanupOptions {
  readonly config: PostfixConfig;
  readonly queue: Queue;
  readonly deps: MtaDeps;
  readonly started: Started;
}

/** Where cleanup's tables are named. */
const tableParameters = [
  'mydestination',
  'relay_domains',
  'canonical_maps',
  'sender_canonical_maps',
  'recipient_canonical_maps',
  'virtual_alias_maps',
  'header_checks',
  'mime_header_checks',
  'nested_header_checks',
  'body_checks',
  'sender_bcc_maps',
  'recipient_bcc_maps',
];

/** Makes a cleanup for one service's configuration. */
export function createCleanup(options: CleanupOptions): Cleanup {
  const log = options.deps.log.process(`${options.config.text('syslog_name')}/cleanup`);
  let tablesOpen: Promise<void> | undefined;
  return {
    async begin() {
      // Addresses are rewritten on the way (trivial-rewrite(8)).
      await options.started('cleanup');
      await options.started('trivial-rewrite');
      await (tablesOpen ??= logTableProblems(options.config, tableParameters, log));
      const open = await options.queue.open();
      return { queueId: open.queueId, finish: (input) => finish(options, log, open, input), abort: () => open.abort() };
    },
  };
}

async function finish(
  options: CleanupOptions,
  log: ProcessLog,
  open: OpenMessage,
  input: CleanupInput,
): Promise<CleanupOutcome> {
  try {
    const outcome = await inspect(options, log, open, input);
    if (outcome.kind !== 'queued') await open.abort();
    return outcome;
  } catch (error) {
    await open.abort().catch(() => undefined);
    log.error(`${open.queueId}: ${error instanceof Error ? error.message : String(error)}`);
    return { kind: 'rejected', reply: reply('451 4.3.0 Error: queue file write error'), reason: String(error) };
  }
}

/** Completes, checks, rewrites, commits; every way out but `queued` leaves nothing behind. */
async function inspect(
  options: CleanupOptions,
  log: ProcessLog,
  open: OpenMessage,
  input: CleanupInput,
): Promise<CleanupOutcome> {
  const { config, deps } = options;
  const { queueId } = open;
  const nowMs = deps.clock.now();
  // The envelope comes first: where its maps fail, nobody looks at the content.
  const early = await rewrite(options, log, queueId, input, input.actions);
  if (early.kind === 'refused') return early.outcome;
  const complete = completeContent(config, queueId, input, nowMs);
  const checked = await checkHopsAndContent(config, log, queueId, input, complete);
  if (checked.kind === 'refused') return checked.outcome;
  const actions = mergeActions(input.actions, checked.actions);
  if (actions.discard) return { kind: 'discarded', queueId };
  const isSame = checked.actions.redirect === undefined && checked.actions.bcc === undefined;
  const rewritten = isSame ? early : await rewrite(options, log, queueId, input, actions);
  if (rewritten.kind === 'refused') return rewritten.outcome;
  const filter = contentFilter(config, actions);
  const { origin } = input;
  await open.commit(
    {
      envelope: rewritten.envelope,
      origin,
      content: checked.content,
      arrivalMs: nowMs,
      ...(filter === undefined ? {} : { filter }),
    },
    actions.hold ? 'hold' : 'incoming',
  );
  return { kind: 'queued', queueId, sizeBytes: checked.content.length };
}

type Refused = { readonly kind: 'refused'; readonly outcome: CleanupOutcome };

/** The content with its trace field and what it lacked. */
function completeContent(
  config: PostfixConfig,
  queueId: string,
  { content, envelope, origin, actions }: CleanupInput,
  nowMs: number,
): Buffer {
  const { fields } = readHeaders(content);
  const prepended = (actions.prepend ?? []).map((line) => `${line}\n`).join('');
  const trace = receivedField(config, queueId, envelope, origin, nowMs);
  const missing = missingHeaders(config, queueId, origin, envelope.reversePath, fields, nowMs);
  const separated = withFullAddresses(config, origin, separateBody(content, fields.length));
  const { bodyStart } = readHeaders(separated);
  // The empty line counts as the body's; where a line that is no field ends the header section, it is put in (RFC 5322 section 2.1).
  const hasEmptyLine = separated[bodyStart - 1] === 0x0a && (bodyStart < 2 || separated[bodyStart - 2] === 0x0a);
  const headEnd = hasEmptyLine ? bodyStart - 1 : bodyStart;
  return Buffer.concat([
    Buffer.from(prepended + trace, 'latin1'),
    separated.subarray(0, headEnd),
    Buffer.from(hasEmptyLine ? missing : `${missing}\n`, 'utf8'),
    separated.subarray(headEnd),
  ]);
}

/** Local users write `To: afnog`. Fields that are complete keep their bytes. */
function withFullAddresses(
  config: PostfixConfig,
  { kind, rewriteContext }: CleanupInput['origin'],
  content: Buffer,
): Buffer {
  if (rewriteContext !== 'local' || kind === 'internal') return content;
  const { fields, bodyStart } = readHeaders(content);
  const complete = fields.map((field) => completeField(config, field));
  if (complete.every((field, index) => field === fields[index])) return content;
  const hasEmptyLine = content[bodyStart - 1] === 0x0a && content[bodyStart - 2] === 0x0a;
  return Buffer.concat([
    Buffer.from(complete.map(formatField).join('') + (hasEmptyLine ? '\n' : ''), 'latin1'),
    content.subarray(bodyStart),
  ]);
}

/** Logs the Message-ID, counts the hops, applies header and body checks. */
async function checkHopsAndContent(
  config: PostfixConfig,
  log: ProcessLog,
  queueId: string,
  { origin, envelope }: CleanupInput,
  complete: Buffer,
): Promise<Refused | { readonly kind: 'checked'; readonly content: Buffer; readonly actions: MessageActions }> {
  const firstRecipient = envelope.recipients[0]?.address ?? '';
  const { fields } = readHeaders(complete);
  if (fieldValues(fields, 'Received').length > config.integer('hopcount_limit')) {
    log.warning(cleanupLines.tooManyHops(queueId));
    return refused('554 5.4.0 Error: too many hops', 'hopcount_limit');
  }
  let isNamed = false;
  const logMessageId = (): void => {
    if (!isNamed) log.info(cleanupLines.messageId(queueId, (fieldValues(fields, 'Message-Id')[0] ?? '<>').trim()));
    isNamed = true;
  };
  if (origin.kind === 'internal' || config.list('receive_override_options').includes('no_header_body_checks')) {
    logMessageId();
    return { kind: 'checked', content: complete, actions: {} };
  }
  const remarked = (remark: CheckRemark): void => {
    if ('warning' in remark) return log.warning(remark.warning);
    const { action, kind, line, text } = remark;
    log.info(cleanupLines.check(queueId, action, kind, line, origin, envelope.reversePath, firstRecipient, text));
  };
  // The Message-ID is logged when the checks have come to it, or to the end of the header without it.
  const checked = await checkContent(config, complete, remarked, (line) => {
    if (line.kind !== 'header' && line.kind !== 'mime' ? true : /^message-id[ \t]*:/i.test(line.raw)) logMessageId();
  });
  if (checked.kind === 'failed') {
    for (const reason of checked.reasons) log.warning(reason);
    log.warning(cleanupLines.mapProblem(queueId, checked.map));
    return refused('451 4.3.0 Error: queue file write error', `${checked.map} unavailable`);
  }
  if (checked.kind === 'passed' && !checked.actions.discard) logMessageId();
  if (checked.kind === 'rejected')
    return { kind: 'refused', outcome: { kind: 'rejected', reply: checked.reply, reason: checked.reason } };
  return { kind: 'checked', content: checked.content, actions: checked.actions };
}

/** The envelope after REDIRECT, address maps and BCC. */
async function rewrite(
  { config, deps }: CleanupOptions,
  log: ProcessLog,
  queueId: string,
  { envelope }: CleanupInput,
  actions: MessageActions,
): Promise<Refused | { readonly kind: 'rewritten'; readonly envelope: Envelope }> {
  const firstRecipient = envelope.recipients[0]?.address ?? '';
  const redirected =
    actions.redirect === undefined
      ? envelope
      : { ...envelope, recipients: [{ address: actions.redirect, originalRecipient: firstRecipient }] };
  const isLeft = config.list('receive_override_options').includes('no_address_mappings');
  const own = deps.interfaces.map(({ address }) => address);
  const rewritten = isLeft
    ? ({ kind: 'rewritten', envelope: redirected } as const)
    : await rewriteEnvelope(config, redirected, own);
  if (rewritten.kind === 'failed') {
    for (const text of rewritten.warnings) log.warning(text);
    log.warning(cleanupLines.mapProblem(queueId, rewritten.map, rewritten.what));
    return refused('451 4.3.0 Error: queue file write error', `${rewritten.map} unavailable`);
  }
  const copies = (actions.bcc ?? []).map((address) => ({ address, originalRecipient: address }));
  return {
    kind: 'rewritten',
    envelope: { ...rewritten.envelope, recipients: [...rewritten.envelope.recipients, ...copies] },
  };
}

function refused(text: string, reason: string): Refused {
  return { kind: 'refused', outcome: { kind: 'rejected', reply: reply(text), reason } };
}

/** A message that begins with its body gets the empty line that ends the header section; one that lacks its last line end gets it. */
function separateBody(content: Buffer, fieldCount: number): Buffer {
  const needsSeparator = fieldCount === 0 && content.length > 0 && content[0] !== 0x0a;
  const needsEnding = content.length > 0 && content[content.length - 1] !== 0x0a;
  return needsSeparator || needsEnding || content.length === 0
    ? Buffer.concat([
        Buffer.from(needsSeparator || content.length === 0 ? '\n' : ''),
        content,
        Buffer.from(needsEnding ? '\n' : ''),
      ])
    : content;
}

function contentFilter(config: PostfixConfig, actions: MessageActions): string | undefined {
  const configured = config.text('content_filter');
  return actions.filter ?? (configured === '' ? undefined : configured);
}

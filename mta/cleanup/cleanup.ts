/**
 * cleanup - makes a message complete, inspects it and puts it into the queue (cleanup(8)).
 *
 * Order: Received: and missing headers, hop count, header and body checks, envelope rewriting, then `incoming` or, after a HOLD action, `hold`. The outcome is the reply that smtpd gives.
 *
 * Limits: no milters; canonical maps rewrite the envelope only.
 */
import { fieldValues, readHeaders } from '#mail/header.ts';
import { reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import { cleanupLines } from '../log/cleanup-lines.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { MessageActions } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Cleanup, CleanupInput, CleanupOutcome, OpenMessage, Queue } from '../queue/queue.ts';
import { mergeActions } from '../restrictions/evaluate.ts';
import { missingHeaders } from './complete-headers.ts';
import { checkContent } from './content-checks.ts';
import { receivedField } from './received.ts';
import { rewriteEnvelope } from './rewrite-envelope.ts';

export interface CleanupOptions {
  readonly config: PostfixConfig;
  readonly queue: Queue;
  readonly deps: MtaDeps;
}

/** Makes a cleanup for one service's configuration. */
export function createCleanup(options: CleanupOptions): Cleanup {
  const log = options.deps.log.process(`${options.config.text('syslog_name')}/cleanup`);
  return {
    async begin() {
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

async function inspect(
  { config, deps }: CleanupOptions,
  log: ProcessLog,
  open: OpenMessage,
  input: CleanupInput,
): Promise<CleanupOutcome> {
  const { queueId } = open;
  const { origin, envelope } = input;
  const overridden = new Set(config.list('receive_override_options'));
  const nowMs = deps.clock.now();
  const firstRecipient = envelope.recipients[0]?.address ?? '';
  const { fields } = readHeaders(input.content);
  const complete = Buffer.concat([
    Buffer.from(
      (input.actions.prepend ?? []).map((line) => `${line}\n`).join('') +
        receivedField(config, queueId, envelope, origin, nowMs),
      'latin1',
    ),
    Buffer.from(missingHeaders(config, queueId, origin, envelope.reversePath, fields, nowMs), 'latin1'),
    separateBody(input.content, fields.length),
  ]);
  const messageId = fieldValues(readHeaders(complete).fields, 'Message-Id')[0] ?? '<>';
  log.info(cleanupLines.messageId(queueId, messageId.trim()));
  if (fieldValues(fields, 'Received').length >= config.integer('hopcount_limit')) {
    log.info(cleanupLines.tooManyHops(queueId, origin, envelope.reversePath, firstRecipient));
    return { kind: 'rejected', reply: reply('554 5.4.0 Error: too many hops'), reason: 'hopcount_limit' };
  }
  const isChecked = origin.kind !== 'internal' && !overridden.has('no_header_body_checks');
  const checked = isChecked
    ? await checkContent(config, complete)
    : ({ kind: 'passed', content: complete, actions: {}, hits: [] } as const);
  if (checked.kind === 'failed') {
    log.warning(cleanupLines.mapProblem(queueId, checked.map, firstRecipient));
    return {
      kind: 'rejected',
      reply: reply('451 4.3.0 Error: queue file write error'),
      reason: `${checked.map} unavailable`,
    };
  }
  for (const hit of checked.hits)
    log.info(
      cleanupLines.check(
        queueId,
        hit.action,
        hit.kind,
        hit.line,
        origin,
        envelope.reversePath,
        firstRecipient,
        hit.text,
      ),
    );
  if (checked.kind === 'rejected') return { kind: 'rejected', reply: checked.reply, reason: checked.reason };
  const actions = mergeActions(input.actions, checked.actions);
  if (actions.discard) return { kind: 'discarded', queueId };
  const redirected =
    actions.redirect === undefined
      ? envelope
      : { ...envelope, recipients: [{ address: actions.redirect, originalRecipient: firstRecipient }] };
  const own = deps.interfaces.map(({ address }) => address);
  const rewritten = overridden.has('no_address_mappings')
    ? ({ kind: 'rewritten', envelope: redirected } as const)
    : await rewriteEnvelope(config, redirected, own);
  if (rewritten.kind === 'failed') {
    log.warning(cleanupLines.mapProblem(queueId, rewritten.map, rewritten.what));
    return {
      kind: 'rejected',
      reply: reply('451 4.3.0 Error: queue file write error'),
      reason: `${rewritten.map} unavailable`,
    };
  }
  const withCopies = {
    ...rewritten.envelope,
    recipients: [
      ...rewritten.envelope.recipients,
      ...(actions.bcc ?? []).map((address) => ({ address, originalRecipient: address })),
    ],
  };
  const filter = contentFilter(config, actions);
  await open.commit(
    {
      envelope: withCopies,
      origin,
      content: checked.content,
      arrivalMs: nowMs,
      ...(filter === undefined ? {} : { filter }),
    },
    actions.hold ? 'hold' : 'incoming',
  );
  return { kind: 'queued', queueId, sizeBytes: checked.content.length };
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

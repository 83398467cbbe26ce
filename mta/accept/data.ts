/**
 * data - DATA and BDAT: the message itself, and the one reply that promises delivery (RFC 5321 section 4.1.1.4, RFC 3030).
 *
 * `250 ... queued as` is only said once the message is on stable storage.
 */
import { reply, type Reply } from '#mail/reply.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import { forbidsBareNewline, refuseBareNewline } from './bare-newline.ts';
import { decideData, decideEndOfData } from './decide.ts';
import { discardedKeywords } from './helo.ts';
import type { SessionState, Transaction } from './session-state.ts';

export async function data(state: SessionState, argument: string): Promise<Reply | undefined> {
  if (state.bdatFailed || (state.transaction?.chunks.length ?? 0) > 0) return reply('503 5.5.1 Error: DATA after BDAT'); // RFC 3030 section 3
  const refused = await mayNotSend(state, 'DATA', argument === '' ? undefined : '501 5.5.4 Syntax: DATA');
  if (refused) return refused;
  const { transaction, config } = state;
  if (!transaction) return reply('503 5.5.1 Error: need RCPT command');
  state.send(reply('354 End data with <CR><LF>.<CR><LF>'));
  const limit = config.integer('message_size_limit');
  const read = await state.reader.readMessage(
    limit === 0 ? Number.MAX_SAFE_INTEGER : limit,
    config.durationMs('smtpd_timeout'),
  );
  if (read.kind !== 'message') return lost(state, read.kind, read.bytes);
  if (read.bareNewline && (await forbidsBareNewline(state))) {
    state.stage = 'END-OF-MESSAGE';
    const refusal = refuseBareNewline(state, 'END-OF-MESSAGE');
    await state.abandonTransaction();
    return refusal;
  }
  return finish(state, transaction, read.content, (queueId) => `250 2.0.0 Ok: queued as ${queueId}`);
}

export async function bdat(state: SessionState, argument: string): Promise<Reply | undefined> {
  if (discardedKeywords(state.config).has('chunking')) return reply('521 5.5.1 Error: command not implemented');
  const [, size, last] = /^(\d{1,12})(?:\s+(LAST))?$/i.exec(argument) ?? [];
  if (size === undefined) {
    // Whatever comes now, chunk or command, cannot be told apart: the session ends.
    const written = `BDAT ${argument}`.trim();
    state.log.warning(smtpdLines.malformedBdat(state.transaction?.cleanup?.queueId, state.client, written));
    return reply('521 5.5.4 Syntax: BDAT count [LAST]');
  }
  // RFC 3030 section 2: the bytes come whatever the answer, so they are read before it is given.
  const read = await state.reader.readBytes(Number(size), state.config.durationMs('smtpd_timeout'));
  if (read.kind !== 'bytes') return lost(state, read.kind, read.bytes);
  if (state.bdatFailed) {
    state.bdatFailed = last === undefined;
    return reply(`551 5.0.0 Discarded ${size} bytes after earlier error`);
  }
  const refused = await mayNotSend(state, 'BDAT');
  const { transaction } = state;
  if (refused || !transaction) {
    state.bdatFailed = last === undefined;
    return refused ?? reply('503 5.5.1 Error: need RCPT command');
  }
  const limit = state.config.integer('message_size_limit');
  transaction.chunks.push(read.content);
  const bytes = transaction.chunks.reduce((sum, chunk) => sum + chunk.length + bareNewlines(state, chunk), 0);
  if (limit > 0 && bytes > limit) {
    await state.abandonTransaction();
    return reply('552 5.3.4 Error: message file too big');
  }
  if (last === undefined) return reply(`250 2.0.0 Ok: ${size} bytes`);
  const content = Buffer.from(Buffer.concat(transaction.chunks).toString('latin1').replace(/\r\n/g, '\n'), 'latin1');
  return finish(state, transaction, content, (queueId) => `250 2.0.0 Ok: ${bytes} bytes queued as ${queueId}`);
}

/** Each counts as the CR LF that it becomes, where the site has them mended (postconf: smtpd_forbid_bare_newline). */
function bareNewlines({ config }: SessionState, chunk: Buffer): number {
  if (config.text('smtpd_forbid_bare_newline') === 'no') return 0;
  return chunk.toString('latin1').match(/(?<!\r)\n/g)?.length ?? 0;
}

/** `badSyntax`: what is wrong with the command itself, said only when it comes at the right time. */
async function mayNotSend(state: SessionState, stage: 'DATA' | 'BDAT', badSyntax?: string): Promise<Reply | undefined> {
  const { transaction } = state;
  if (!transaction) return reply('503 5.5.1 Error: need RCPT command');
  if (transaction.recipients.length === 0) return reply('554 5.5.1 Error: no valid recipients');
  if (badSyntax !== undefined) return reply(badSyntax);
  return transaction.chunks.length > 0 ? undefined : decideData(state, stage);
}

/** The connection went away in the middle: nothing was promised. */
async function lost(state: SessionState, why: 'end' | 'timeout', bytes: number): Promise<Reply | undefined> {
  const stage = `${state.stage} (${bytes} bytes)`;
  state.log.info(
    why === 'timeout' ? smtpdLines.timeout(stage, state.client) : smtpdLines.lostConnection(stage, state.client),
  );
  state.noticeClasses.add('data');
  await state.abandonTransaction();
  state.over = true;
  state.lost = true;
  return why === 'timeout' ? reply(`421 4.4.2 ${state.hostname} Error: timeout exceeded`) : undefined;
}

async function finish(
  state: SessionState,
  transaction: Transaction,
  content: Buffer | undefined,
  queued: (queueId: string) => string,
): Promise<Reply> {
  const { cleanup, parameters } = transaction;
  if (!content || !cleanup) {
    if (cleanup) state.log.warning(smtpdLines.queueFileLimit(cleanup.queueId));
    await state.abandonTransaction();
    return reply('552 5.3.4 Error: message file too big');
  }
  // access(5) DISCARD: what was dropped before it came is not looked at either.
  if (transaction.actions.discard) {
    await state.abandonTransaction();
    return reply(queued(cleanup.queueId));
  }
  const refused = await decideEndOfData(state, content.length);
  if (refused) {
    await state.abandonTransaction();
    return refused;
  }
  state.stage = 'END-OF-MESSAGE';
  state.errors = 0;
  state.junk = 0;
  const origin = state.origin();
  state.transaction = undefined;
  const outcome = await cleanup.finish({
    envelope: {
      reversePath: transaction.reversePath,
      recipients: transaction.recipients,
      ...(parameters.envelopeId === undefined ? {} : { envelopeId: parameters.envelopeId }),
      ...(parameters.ret === undefined ? {} : { ret: parameters.ret }),
      ...(parameters.smtputf8 ? { smtputf8: true } : {}),
      ...(parameters.eightBit ? { eightBit: true } : {}),
    },
    origin,
    content,
    actions: transaction.actions,
  });
  if (outcome.kind === 'rejected') {
    state.noticeClasses.add('policy');
    return outcome.reply;
  }
  return reply(queued(outcome.queueId));
}

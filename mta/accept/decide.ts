/**
 * decide - which restriction lists are asked at which command (SMTPD_ACCESS_README, postconf: smtpd_delay_reject).
 *
 * With smtpd_delay_reject (the default) the client, HELO and sender lists wait for RCPT TO, so that the log knows sender and recipient of what was refused.
 */
import type { Reply } from '#mail/reply.ts';
import { formatReply } from '#mail/reply.ts';
import { mergeActions, type Decision } from '../decision.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import type { MessageActions } from '../message.ts';
import { evaluateList, type Pending } from '../restrictions/evaluate.ts';
import { judgeListed } from '../restrictions/listed.ts';
import type { ListKind, RestrictionContext, Stage } from '../restrictions/restriction.ts';
import type { SessionState } from './session-state.ts';

const parameters: Readonly<Record<ListKind, string>> = {
  client: 'smtpd_client_restrictions',
  helo: 'smtpd_helo_restrictions',
  sender: 'smtpd_sender_restrictions',
  relay: 'smtpd_relay_restrictions',
  recipient: 'smtpd_recipient_restrictions',
  data: 'smtpd_data_restrictions',
  'end-of-data': 'smtpd_end_of_data_restrictions',
};

interface Question {
  readonly stage: Stage;
  readonly recipient?: string;
  readonly sender?: string;
  readonly sizeBytes?: number;
}

/** The client list at CONNECT; only asked there without smtpd_delay_reject. */
export function decideClient(state: SessionState): Promise<Reply | undefined> {
  return askLists(state, ['client'], { stage: 'CONNECT' });
}

/** The HELO list at HELO or EHLO, without smtpd_delay_reject. */
export function decideHelo(state: SessionState, stage: 'HELO' | 'EHLO'): Promise<Reply | undefined> {
  return askLists(state, ['helo'], { stage });
}

/** The sender list at MAIL, without smtpd_delay_reject. */
export function decideSender(state: SessionState, sender: string): Promise<Reply | undefined> {
  return askLists(state, ['sender'], { stage: 'MAIL', sender });
}

/** Everything that is due at RCPT. */
export async function decideRecipient(state: SessionState, recipient: string): Promise<Reply | undefined> {
  const delayed: ListKind[] = state.config.bool('smtpd_delay_reject') ? ['client', 'helo', 'sender'] : [];
  const own: ListKind[] = state.config.bool('smtpd_relay_before_recipient_restrictions')
    ? ['relay', 'recipient']
    : ['recipient', 'relay'];
  return askLists(state, [...delayed, ...own], { stage: 'RCPT', recipient });
}

export function decideData(state: SessionState): Promise<Reply | undefined> {
  return askLists(state, ['data'], { stage: 'DATA' });
}

export function decideEndOfData(state: SessionState, sizeBytes: number): Promise<Reply | undefined> {
  return askLists(state, ['end-of-data'], { stage: 'END-OF-MESSAGE', sizeBytes });
}

/** Asks the lists in order; the first refusal is the answer, logged. */
async function askLists(
  state: SessionState,
  lists: readonly ListKind[],
  question: Question,
): Promise<Reply | undefined> {
  const pending: Pending = { deferIfPermit: undefined, deferIfReject: undefined };
  let actions: MessageActions = {};
  for (const list of lists) {
    const context = createContext(state, list, question);
    const { decision, remarks } = await evaluateList(context, parameters[list], pending);
    for (const { word, text } of remarks) logRemark(state, question, word, text);
    if (decision.kind === 'reject') return refused(state, question, decision);
    actions = mergeActions(actions, decision.actions);
  }
  if (question.stage === 'RCPT') {
    const unlisted = await decideListed(state, question);
    if (unlisted) return unlisted;
  }
  if (pending.deferIfPermit)
    return refused(state, question, { kind: 'reject', ...pending.deferIfPermit, hangUp: false });
  if (state.transaction) state.transaction.actions = mergeActions(state.transaction.actions, actions);
  return undefined;
}

/** The tests that are implied at the end (postconf: smtpd_reject_unlisted_recipient, smtpd_reject_unlisted_sender). */
async function decideListed(state: SessionState, question: Question): Promise<Reply | undefined> {
  const checks = [
    ['smtpd_reject_unlisted_sender', 'sender', state.transaction?.reversePath ?? ''],
    ['smtpd_reject_unlisted_recipient', 'recipient', question.recipient ?? ''],
  ] as const;
  for (const [parameter, list, address] of checks) {
    if (
      address === '' ||
      !state.config.bool(parameter) ||
      state.config.list('receive_override_options').includes('no_unknown_recipient_checks')
    )
      continue;
    const result = await judgeListed(createContext(state, list, question), address, list);
    if (result.kind === 'reject') return refused(state, question, { ...result, hangUp: false });
  }
  return undefined;
}

/** Logs the refusal and gives the reply as the site wants it (soft_bounce, smtpd_reject_footer). */
function refused(state: SessionState, question: Question, decision: Extract<Decision, { kind: 'reject' }>): Reply {
  const answer = finishRefusal(state, decision.reply);
  logRemark(state, question, 'reject', formatReply(decision.reply).join(' '));
  state.noticeClasses.add('policy');
  return answer;
}

function finishRefusal(state: SessionState, refusal: Reply): Reply {
  const soft = state.config.bool('soft_bounce') && refusal.code >= 500;
  const answer: Reply = soft
    ? {
        ...refusal,
        code: refusal.code - 100,
        ...(refusal.enhancedStatus ? { enhancedStatus: `4${refusal.enhancedStatus.slice(1)}` } : {}),
      }
    : refusal;
  const footer = state.config.text('smtpd_reject_footer');
  if (footer === '') return answer;
  if (footer.startsWith('\\c'))
    return { ...answer, lines: [...answer.lines.slice(0, -1), `${answer.lines.at(-1)}${footer.slice(2)}`] };
  return { ...answer, lines: [...answer.lines, ...footer.split('\\n')] };
}

function logRemark(state: SessionState, question: Question, word: string, text: string): void {
  state.log.info(
    smtpdLines.reject(state.transaction?.cleanup?.queueId, word, question.stage, state.client, text, {
      sender: question.sender ?? state.transaction?.reversePath,
      recipient: question.recipient,
      protocol: state.protocol,
      helo: state.helo?.name,
    }),
  );
}

function createContext(state: SessionState, list: ListKind, question: Question): RestrictionContext {
  const { transaction, options } = state;
  return {
    config: state.config,
    deps: state.deps,
    services: options.services,
    stage: question.stage,
    list,
    client: state.client,
    helo: state.helo?.name,
    protocol: state.protocol,
    sender: question.sender ?? transaction?.reversePath,
    recipient: question.recipient,
    recipientCount: transaction?.recipients.length ?? 0,
    sizeBytes: question.sizeBytes ?? transaction?.parameters.sizeBytes ?? 0,
    queueId: transaction?.cleanup?.queueId,
    instance: transaction?.instance ?? '',
    sasl: state.sasl,
    tls: state.tls !== undefined,
    pipelinedAhead: state.pipelinedAhead,
    serverAddress: state.server.address,
    serverPort: state.server.port,
    warn: (text) => state.log.warning(text),
  };
}

/** A list's settings that no mail can pass safely. @see postconf smtpd_relay_restrictions */
export function relayFault(config: SessionState['config']): string | undefined {
  const stops =
    /^(reject_unauth_destination|defer_unauth_destination|reject|defer|defer_if_permit|check_relay_domains)$/i;
  const words = [...config.list('smtpd_relay_restrictions'), ...config.list('smtpd_recipient_restrictions')];
  if (words.some((word) => stops.test(word))) return undefined;
  return 'in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: reject_unauth_destination, defer_unauth_destination, reject, defer, defer_if_permit or check_relay_domains';
}

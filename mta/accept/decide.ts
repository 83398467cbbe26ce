/**
 * decide - which restriction lists are asked at which command (SMTPD_ACCESS_README, postconf: smtpd_delay_reject).
 *
 * With smtpd_delay_reject (the default) the client, HELO and sender lists wait for RCPT TO, so that the log knows sender and recipient of what was refused.
 */
import type { Reply } from '#mail/reply.ts';
import { formatReply } from '#mail/reply.ts';
import { mergeActions } from '../decision.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import type { MessageActions } from '../message.ts';
import { evaluateList, type Pending } from '../restrictions/evaluate.ts';
import { judgeListed } from '../restrictions/listed.ts';
import type { ListKind, RestrictionContext, Stage } from '../restrictions/restriction.ts';
import { soften } from './finish-reply.ts';
import type { SessionState } from './session-state.ts';
import { maskBytes } from './unicode-address.ts';

/** The lists that main.cf has a parameter for. */
type ConfiguredList = Exclude<ListKind, 'reverse-client' | 'sasl'>;

const parameters: Readonly<Record<ConfiguredList, string>> = {
  client: 'smtpd_client_restrictions',
  helo: 'smtpd_helo_restrictions',
  sender: 'smtpd_sender_restrictions',
  relay: 'smtpd_relay_restrictions',
  recipient: 'smtpd_recipient_restrictions',
  data: 'smtpd_data_restrictions',
  'end-of-data': 'smtpd_end_of_data_restrictions',
  etrn: 'smtpd_etrn_restrictions',
};

interface Question {
  readonly stage: Stage;
  /** The name under judgement, not yet accepted. */
  readonly helo?: string;
  readonly etrnDomain?: string;
  readonly recipient?: string;
  readonly sender?: string;
  readonly sizeBytes?: number;
}

/** The client list at CONNECT; only asked there without smtpd_delay_reject. */
export function decideClient(state: SessionState): Promise<Reply | undefined> {
  return askLists(state, ['client'], { stage: 'CONNECT' });
}

/** The HELO list at HELO or EHLO, without smtpd_delay_reject. */
export function decideHelo(state: SessionState, stage: 'HELO' | 'EHLO', helo: string): Promise<Reply | undefined> {
  return askLists(state, ['helo'], { stage, helo });
}

/** The sender list at MAIL, without smtpd_delay_reject. */
export function decideSender(state: SessionState, sender: string): Promise<Reply | undefined> {
  return askLists(state, ['sender'], { stage: 'MAIL', sender });
}

/** The lists that smtpd_delay_reject puts off. */
function delayedLists(state: SessionState): ConfiguredList[] {
  return state.config.bool('smtpd_delay_reject') ? ['client', 'helo', 'sender'] : [];
}

/** Everything that is due at RCPT, or would be if VRFY were one. */
export async function decideRecipient(
  state: SessionState,
  recipient: string,
  stage: 'RCPT' | 'VRFY' = 'RCPT',
): Promise<Reply | undefined> {
  const own: ConfiguredList[] = state.config.bool('smtpd_relay_before_recipient_restrictions')
    ? ['relay', 'recipient']
    : ['recipient', 'relay'];
  return askLists(state, [...delayedLists(state), ...own], { stage, recipient });
}

/** At ETRN, the client and HELO lists come first if they were put off. */
export function decideEtrn(state: SessionState, etrnDomain: string): Promise<Reply | undefined> {
  const delayed = delayedLists(state).filter((list) => list !== 'sender');
  return askLists(state, [...delayed, 'etrn'], { stage: 'ETRN', etrnDomain });
}

export function decideData(state: SessionState, stage: 'DATA' | 'BDAT'): Promise<Reply | undefined> {
  return askLists(state, ['data'], { stage, ...onlyRecipient(state) });
}

export function decideEndOfData(state: SessionState, sizeBytes: number): Promise<Reply | undefined> {
  return askLists(state, ['end-of-data'], { stage: 'END-OF-MESSAGE', sizeBytes, ...onlyRecipient(state) });
}

/** A refusal that no list asked for, such as a message too large: logged as the others are. */
export function refuseAt(state: SessionState, stage: Stage, answer: Reply, sender?: string): Reply {
  return refused(state, { stage, ...(sender === undefined ? {} : { sender }) }, answer);
}

/** Logs a refusal in words of its own. */
export function remarkAt(state: SessionState, stage: Stage, text: string): void {
  logRemark(state, { stage, ...onlyRecipient(state) }, 'reject', text);
}

/** With several recipients, naming one of them would mislead. */
function onlyRecipient({ transaction }: SessionState): { recipient?: string } {
  const [only, ...others] = transaction?.recipients ?? [];
  return only && others.length === 0 ? { recipient: only.address } : {};
}

/** Asks the lists in order; the first refusal is the answer, logged. */
async function askLists(
  state: SessionState,
  lists: readonly ConfiguredList[],
  question: Question,
): Promise<Reply | undefined> {
  const pending: Pending = { deferIfPermit: undefined };
  let actions: MessageActions = {};
  for (const list of lists) {
    const context = createContext(state, list, question);
    const decision = await evaluateList(context, parameters[list], pending);
    if (decision.kind === 'reject') return refused(state, question, decision.reply);
    actions = mergeActions(actions, decision.actions);
  }
  if (pending.deferIfPermit) return refused(state, question, pending.deferIfPermit.reply);
  if (question.stage === 'RCPT' || question.stage === 'VRFY') {
    const unlisted = await decideListed(state, question);
    if (unlisted) return unlisted;
  }
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
    if (result.kind === 'reject') return refused(state, question, result.reply);
  }
  return undefined;
}

/** Logs the refusal and gives it back. */
function refused(state: SessionState, question: Question, answer: Reply): Reply {
  const said = formatReply(soften(state.config, answer)).join(' ');
  logRemark(state, question, 'reject', state.config.bool('smtputf8_enable') ? said : maskBytes(said, ' '));
  state.noticeClasses.add(isConfigurationError(answer) ? 'software' : 'policy');
  return answer;
}

function isConfigurationError({ code, enhancedStatus }: Reply): boolean {
  return code === 451 && enhancedStatus?.startsWith('4.3.') === true;
}

function logRemark(state: SessionState, question: Question, word: string, text: string): void {
  state.log.info(
    smtpdLines.reject(state.transaction?.cleanup?.queueId, word, question.stage, state.client, text, {
      sender: question.sender ?? state.transaction?.reversePath,
      recipient: question.recipient,
      protocol: state.dialect,
      helo: question.helo ?? state.helo?.name,
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
    helo: question.helo ?? state.helo?.name,
    protocol: state.dialect,
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
    etrnDomain: question.etrnDomain,
    actions: transaction?.actions ?? {},
    warn: (text) => state.log.warning(text),
    inform: (text) => state.log.info(text),
    remark: (word, text) => logRemark(state, question, word, text),
  };
}

const stops =
  /^(reject_unauth_destination|defer_unauth_destination|reject|defer|defer_if_permit|check_relay_domains)$/i;

/** Lists that let everybody relay. `warn` is told what stands behind a `permit`. @see postconf smtpd_relay_restrictions */
export function relayFault(config: SessionState['config'], warn: (text: string) => void): string | undefined {
  const lists = [config.list('smtpd_relay_restrictions'), config.list('smtpd_recipient_restrictions')];
  if (lists.some((words) => hasWorkingStop(config, words, warn))) return undefined;
  return 'in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: reject_unauth_destination, defer_unauth_destination, reject, defer, defer_if_permit or check_relay_domains';
}

/** A stop counts where it is reached: not behind a `permit`, and not when it only warns. Classes of restrictions count with what they hold. */
function hasWorkingStop(
  config: SessionState['config'],
  words: readonly string[],
  warn: (text: string) => void,
  depth = 0,
): boolean {
  for (const [index, word] of words.entries()) {
    if (words[index - 1]?.toLowerCase() === 'warn_if_reject') continue;
    if (word.toLowerCase() === 'permit') {
      const ignored = words[index + 1];
      if (ignored !== undefined) warn(`restriction \`${ignored}' after \`${word}' is ignored`);
      return false;
    }
    if (stops.test(word)) return true;
    const isClass = depth < deepestClass && config.list('smtpd_restriction_classes').includes(word);
    if (isClass && hasWorkingStop(config, config.list(word), warn, depth + 1)) return true;
  }
  return false;
}

/** Classes may name each other. */
const deepestClass = 10;

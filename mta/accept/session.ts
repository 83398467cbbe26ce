/**
 * session - one SMTP connection from greeting to goodbye: reads commands, hands each to its file, counts, and logs the end (smtpd(8), RFC 5321).
 *
 * The commands are in `commands.ts` and the files it names; what they share is `SessionState`.
 */
import type { Duplex } from 'node:stream';
import { formatReply, reply, type Reply } from '#mail/reply.ts';
import { pause } from '#util/deadline.ts';
import { matchWarnings } from '../config/match-list.ts';
import { clientText, smtpdLines, type CommandCount } from '../log/smtpd-lines.ts';
import type { Stage } from '../restrictions/restriction.ts';
import { forbidsBareNewline, refuseBareNewline } from './bare-newline.ts';
import { commands, type Command } from './commands.ts';
import { decideClient } from './decide.ts';
import { longestLine } from '../line-reader.ts';
import type { SessionState } from './session-state.ts';
import { tlsRequired } from './starttls.ts';

/** The order of counts in the disconnect line. */
const countOrder = [
  'helo',
  'ehlo',
  'xclient',
  'xforward',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'bdat',
  'rset',
  'noop',
  'vrfy',
  'etrn',
  'quit',
  'unknown',
];
/** RFC 2920 section 3.1: after these the client must wait for the reply. */
const synchronous = new Set(['EHLO', 'HELO', 'DATA', 'VRFY', 'NOOP']);
/** May be said before STARTTLS where TLS is required (RFC 3207 section 4). */
const beforeTls = new Set(['EHLO', 'HELO', 'STARTTLS', 'NOOP', 'QUIT']);
/** Commands that get nothing done: too many of them count as errors. */
const junk = new Set(['HELO', 'EHLO', 'RSET', 'NOOP', 'VRFY', 'ETRN']);

/** Serves the connection; resolves when it is over. */
export async function runSession(state: SessionState): Promise<void> {
  const { client, log } = state;
  log.info(smtpdLines.connect(client));
  await warnOfExceptions(state);
  const counts = new Map<string, CommandCount>();
  try {
    await greet(state);
    await serveCommands(state, counts);
  } finally {
    await state.abandonTransaction();
    const ordered = countOrder.flatMap((name) => counts.get(name) ?? []);
    await warnOfExceptions(state);
    log.info(smtpdLines.disconnect(client, ordered));
    if (state.noticeClasses.size > 0) state.notify();
    state.stream.destroy();
  }
}

/** The list of clients without limits is asked when one comes and when it goes; here only for what is wrong with it. */
async function warnOfExceptions({ config, client, log }: SessionState): Promise<void> {
  const match = await config.matches('smtpd_client_event_limit_exceptions', client.address);
  if (match.kind !== 'error') return;
  for (const text of matchWarnings('smtpd_client_event_limit_exceptions', match)) log.warning(text);
}

async function greet(state: SessionState): Promise<void> {
  await state.reader.settle();
  notePipelining(state, 'CONNECT');
  const banner = state.config.text('smtpd_banner');
  if (!state.config.bool('smtpd_delay_reject')) {
    const refused = await decideClient(state);
    if (refused) {
      state.refusedClient = refused;
      return state.send(refused);
    }
  }
  state.send({ code: 220, lines: [banner] });
}

async function serveCommands(state: SessionState, counts: Map<string, CommandCount>): Promise<void> {
  for (;;) {
    const read = await state.reader.readLine(state.config.durationMs('smtpd_timeout'));
    if (read.kind === 'timeout') {
      state.log.info(smtpdLines.timeout(state.stage, state.client));
      state.send(reply(`421 4.4.2 ${state.hostname} Error: timeout exceeded`));
      return;
    }
    if (read.kind === 'end') {
      // A client that goes when its message is safe loses nothing.
      if (state.stage !== 'END-OF-MESSAGE') state.log.info(smtpdLines.lostConnection(state.stage, state.client));
      return;
    }
    if (read.bareNewline && (await forbidsBareNewline(state)))
      return state.send(refuseBareNewline(state, state.stage as Stage));
    if (read.isCut) state.log.warning(smtpdLines.requestTooLong(state.client, longestLine, read.text));
    state.transcript('In', read.text);
    const isBad = !read.isUtf8 && state.config.bool('smtputf8_enable');
    const goOn = isBad ? await badUtf8(state) : await serveOne(state, read.text, counts);
    if (!goOn || state.over) return;
  }
}

/** RFC 6531 section 3.1: where SMTPUTF8 is spoken, other encodings are nothing to guess at. Such a line counts as an error, not as a command. */
function badUtf8(state: SessionState): Promise<boolean> {
  state.send(reply('500 5.5.2 Error: bad UTF-8 syntax'));
  return afterError(state);
}

/** One command; false ends the session. */
async function serveOne(state: SessionState, line: string, counts: Map<string, CommandCount>): Promise<boolean> {
  const [, word = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  if (word === '') {
    state.send(reply('500 5.5.2 Error: bad syntax'));
    return afterError(state);
  }
  const verb = word.toUpperCase();
  const command = commands.get(verb);
  if (!command && isForbidden(state, verb, line)) {
    state.log.warning(smtpdLines.nonSmtpCommand(state.client, line.slice(0, 100)));
    state.send(reply('221 2.7.0 Error: I can break rules, too. Goodbye.'));
    count(counts, 'unknown', false);
    return false;
  }
  notePipelining(state, verb);
  const answer = mayNotSay(state, verb) ?? (await obey(state, command, verb, argument));
  const accepted = answer === undefined ? !state.lost : answer.code < 400;
  count(counts, command ? verb.toLowerCase() : 'unknown', accepted);
  if (answer) state.send(answer);
  if (answer && (answer.code === 421 || answer.code === 521)) return false;
  if (state.over) return false;
  if (junk.has(verb) && state.junk++ > state.config.integer('smtpd_junk_command_limit')) state.errors += 1;
  return accepted ? !(await tooManyErrors(state)) : afterError(state);
}

function obey(
  state: SessionState,
  command: Command | undefined,
  verb: string,
  argument: string,
): Promise<Reply | undefined> {
  state.stage = command ? verb : 'UNKNOWN';
  return command ? command(state, argument) : Promise.resolve(unknownCommand(state));
}

/** A client that was refused at CONNECT, or one that must encrypt first. */
function mayNotSay(state: SessionState, verb: string): Reply | undefined {
  if (state.refusedClient && verb !== 'QUIT')
    return reply(`503 5.7.0 Error: access denied for ${clientText(state.client)}`);
  return tlsRequired(state) && !beforeTls.has(verb)
    ? reply('530 5.7.0 Must issue a STARTTLS command first')
    : undefined;
}

/** RFC 2920: what came too early, once a session (SMTPD_ACCESS_README, reject_unauth_pipelining). */
export function notePipelining(state: SessionState, stage: string): void {
  if (state.pipelinedAhead || !state.reader.hasMore) return;
  if (state.helo?.extended && !synchronous.has(stage)) return;
  state.pipelinedAhead = true;
  state.log.info(smtpdLines.improperPipelining(stage, state.client, state.reader.peek(100)));
}

function unknownCommand(state: SessionState): Reply {
  state.noticeClasses.add('protocol');
  return reply('500 5.5.2 Error: command not recognized');
}

/** postconf: smtpd_forbidden_commands; a line that begins with no letter is no SMTP at all. */
function isForbidden(state: SessionState, verb: string, line: string): boolean {
  const forbidden = state.config.list('smtpd_forbidden_commands');
  return (
    /^[!-9;-~]+\s*:/.test(line) || // a header field
    forbidden.some((each) => each.toUpperCase() === verb) ||
    (/^[^A-Za-z]/.test(line) && forbidden.some((each) => each.startsWith('regexp:')))
  );
}

/** postconf: smtpd_soft_error_limit, smtpd_hard_error_limit. False ends the session. */
async function afterError(state: SessionState): Promise<boolean> {
  state.errors += 1;
  if (state.errors >= state.config.integer('smtpd_soft_error_limit'))
    await pause(state.deps.clock, state.config.durationMs('smtpd_error_sleep_time'));
  return !(await tooManyErrors(state));
}

async function tooManyErrors(state: SessionState): Promise<boolean> {
  if (state.errors < state.config.integer('smtpd_hard_error_limit')) return false;
  state.log.info(smtpdLines.tooManyErrors(state.stage, state.client));
  state.send(reply(`421 4.7.0 ${state.hostname} Error: too many errors`));
  return true;
}

function count(counts: Map<string, CommandCount>, name: string, accepted: boolean): void {
  const before = counts.get(name) ?? { name, accepted: 0, total: 0 };
  counts.set(name, { name, accepted: before.accepted + (accepted ? 1 : 0), total: before.total + 1 });
}

/** Writes a reply's lines to the client. */
export function writeReply(stream: Duplex, answer: Reply): void {
  if (stream.writable) stream.write(`${formatReply(answer).join('\r\n')}\r\n`);
}

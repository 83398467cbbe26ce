/**
 * session - one SMTP connection from greeting to goodbye: reads commands, hands each to its file, counts, and logs the end (smtpd(8), RFC 5321).
 *
 * The commands are in `commands.ts` and the files it names; what they share is `SessionState`.
 */
import type { Duplex } from 'node:stream';
import { formatReply, reply, replyClass, type Reply } from '#mail/reply.ts';
import { pause } from '#util/deadline.ts';
import { smtpdLines, type CommandCount } from '../log/smtpd-lines.ts';
import { commands, type Command } from './commands.ts';
import { decideClient } from './decide.ts';
import type { SessionState } from './session-state.ts';

/** The order of counts in the disconnect line. */
const countOrder = [
  'helo',
  'ehlo',
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
const synchronous = new Set(['EHLO', 'HELO', 'STARTTLS', 'AUTH', 'VRFY', 'ETRN', 'NOOP', 'QUIT', 'DATA']);

/** Serves the connection; resolves when it is over. */
export async function runSession(state: SessionState): Promise<void> {
  const { client, log } = state;
  log.info(smtpdLines.connect(client));
  const counts = new Map<string, CommandCount>();
  try {
    await greet(state);
    await serveCommands(state, counts);
  } finally {
    await state.abandonTransaction();
    const ordered = countOrder.flatMap((name) => counts.get(name) ?? []);
    log.info(smtpdLines.disconnect(client, ordered));
    if (state.noticeClasses.size > 0) state.notify();
    state.stream.destroy();
  }
}

async function greet(state: SessionState): Promise<void> {
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
    if (read.kind === 'end') return void state.log.info(smtpdLines.lostConnection(state.stage, state.client));
    if (read.kind === 'too-long') {
      state.send(reply(`500 5.5.2 ${state.hostname} Error: command too long`));
      if (!(await afterError(state))) return;
      continue;
    }
    state.transcript('In', read.text);
    const goOn = await serveOne(state, read.text, counts);
    if (!goOn || state.over) return;
  }
}

/** One command; false ends the session. */
async function serveOne(state: SessionState, line: string, counts: Map<string, CommandCount>): Promise<boolean> {
  const [, word = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const verb = word.toUpperCase();
  if (isForbidden(state, verb, line)) {
    state.log.warning(smtpdLines.nonSmtpCommand(state.client, line.slice(0, 100)));
    state.send(reply('221 2.7.0 Error: I can break rules, too. Goodbye.'));
    count(counts, 'unknown', false);
    return false;
  }
  state.pipelinedAhead ||= synchronous.has(verb) && state.reader.hasMore;
  const command: Command | undefined = commands.get(verb);
  if (command) state.stage = verb;
  else state.stage = 'UNKNOWN';
  const answer = command ? await command(state, argument) : unknownCommand(state);
  const accepted = answer === undefined || answer.code < 400;
  count(counts, command ? verb.toLowerCase() : 'unknown', accepted);
  if (answer) state.send(answer);
  if (answer && (answer.code === 421 || answer.code === 521)) return false;
  if (state.over) return false;
  if (answer && !accepted && replyClass(answer) !== 'intermediate') return afterError(state);
  return countJunk(state, verb);
}

function unknownCommand(state: SessionState): Reply {
  state.noticeClasses.add('protocol');
  return reply('500 5.5.2 Error: command not recognized');
}

/** postconf: smtpd_forbidden_commands; a line that begins with no letter is no SMTP at all. */
function isForbidden(state: SessionState, verb: string, line: string): boolean {
  const forbidden = state.config.list('smtpd_forbidden_commands');
  return (
    forbidden.some((each) => each.toUpperCase() === verb && verb !== '') ||
    (line !== '' && /^[^A-Za-z]/.test(line) && forbidden.some((each) => each.startsWith('regexp:')))
  );
}

/** postconf: smtpd_soft_error_limit, smtpd_hard_error_limit. False ends the session. */
async function afterError(state: SessionState): Promise<boolean> {
  state.errors += 1;
  if (state.errors >= state.config.integer('smtpd_hard_error_limit')) {
    state.log.info(smtpdLines.tooManyErrors(state.stage, state.client));
    state.send(reply(`421 4.7.0 ${state.hostname} Error: too many errors`));
    return false;
  }
  if (state.errors > state.config.integer('smtpd_soft_error_limit'))
    await pause(state.deps.clock, state.config.durationMs('smtpd_error_sleep_time'));
  return true;
}

/** postconf: smtpd_junk_command_limit: NOOP, VRFY, ETRN and RSET without a transaction in between. */
async function countJunk(state: SessionState, verb: string): Promise<boolean> {
  if (!['NOOP', 'VRFY', 'ETRN', 'RSET'].includes(verb)) return true;
  state.junk += 1;
  return state.junk > state.config.integer('smtpd_junk_command_limit') ? afterError(state) : true;
}

function count(counts: Map<string, CommandCount>, name: string, accepted: boolean): void {
  const before = counts.get(name) ?? { name, accepted: 0, total: 0 };
  counts.set(name, { name, accepted: before.accepted + (accepted ? 1 : 0), total: before.total + 1 });
}

/** Writes a reply's lines to the client. */
export function writeReply(stream: Duplex, answer: Reply): void {
  if (stream.writable) stream.write(`${formatReply(answer).join('\r\n')}\r\n`);
}

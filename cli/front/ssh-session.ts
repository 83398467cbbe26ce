/**
 * ssh-session - one session of a connection (RFC 4254 section 6): a shell, a command or the sftp subsystem, with or without a terminal.
 *
 * Input, output and errors flow at the client's pace. The session ends with the program's exit code; when the client goes first, the program is told to hang up.
 *
 * Limits: a command of more than 35,000 bytes ends the connection, since the library takes no longer packet (RFC 4253 section 6.1).
 */
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { AcceptConnection, ServerChannel, Session } from 'ssh2';
import { printable } from '#util/terminal-text.ts';
import type { SeatPlace } from './place-name.ts';
import type { OpenShell, ShellDoor, ShellWish, TerminalSize } from './shell-door.ts';

interface SessionContext {
  readonly place: SeatPlace;
  readonly door: ShellDoor;
  /** Aborted when the client has closed the session, or is gone. The channel itself tells neither while it holds input that the program does not read. */
  readonly gone: AbortSignal;
  log(line: string): void;
}

/** Only words about language may be sent along, as Debian's sshd has it (AcceptEnv LANG LC_*). */
const sentAlong = /^(LANG|LC_[A-Z]+)$/;
const harmlessValue = /^[\w.@-]{1,40}$/;
/** RFC 4254 section 6.10. */
const signals = new Set(['ABRT', 'ALRM', 'FPE', 'HUP', 'ILL', 'INT', 'KILL', 'PIPE', 'QUIT', 'TERM', 'USR1', 'USR2']);
const sftpProgram = '/usr/lib/openssh/sftp-server';
const usualSize: TerminalSize = { columns: 80, rows: 24 };

export function serveSession(session: Session, context: SessionContext): void {
  const env: Record<string, string> = {};
  let terminal: ShellWish['terminal'];
  let opened: OpenShell | undefined;
  session.on('env', (accept, reject, { key, val }: { key: string; val: string }) => {
    const isWelcome = sentAlong.test(key) && harmlessValue.test(val);
    if (isWelcome) env[key] = val;
    answer(isWelcome ? accept : reject);
  });
  session.on('pty', (accept, _reject, { term, cols, rows }) => {
    terminal = { ...readSize(cols, rows), name: /^[\w.+-]{1,40}$/.test(term) ? term : 'dumb' };
    answer(accept);
  });
  session.on('window-change', (accept, _reject, { cols, rows }) => {
    const size = readSize(cols, rows);
    if (terminal) terminal = { ...terminal, ...size };
    opened?.resize(size);
    answer(accept);
  });
  session.on('signal', (accept, reject, { name }) => {
    const isKnown = opened !== undefined && signals.has(name);
    if (isKnown) opened?.signal(name);
    answer(isKnown ? accept : reject);
  });
  const run = (accept: AcceptConnection<ServerChannel>, command: string | undefined, hasTerminal = true): void => {
    const wish = { command, terminal: hasTerminal ? terminal : undefined, env };
    const channel = accept();
    // A second program in one session gets no channel.
    if (channel) void runIn(channel, wish, context, (shell) => (opened = shell)).catch(() => channel.close());
  };
  session.on('shell', (accept) => run(accept, undefined));
  session.on('exec', (accept, _reject, { command }) => run(accept, command));
  session.on('subsystem', (accept, reject, { name }) =>
    name === 'sftp' ? run(accept, `exec ${sftpProgram}`, false) : reject(),
  );
}

async function runIn(
  channel: ServerChannel,
  wish: ShellWish,
  { place, door, gone, log }: SessionContext,
  onOpen: (shell: OpenShell) => void,
): Promise<void> {
  channel.on('error', () => undefined);
  let shell: OpenShell;
  try {
    if (wish.command === undefined && wish.terminal) channel.write(withReturns(await door.greeting(place)));
    shell = await door.open(place, wish);
  } catch (error) {
    const words = printable(error instanceof Error ? error.message : String(error), { multiline: true });
    log(`ssh: ${place.seat} ${place.host}: ${printable(words)}`);
    (wish.terminal ? channel : channel.stderr).write(withReturns(`${words}\n`));
    return finish(channel, 255);
  }
  onOpen(shell);
  // The terminal may have changed while the program was starting.
  if (wish.terminal) shell.resize(wish.terminal);
  // Not by pipeline(), which would close the channel with the program's input: its exit code is still to be told.
  channel.pipe(shell.input.on('error', () => undefined));
  const flow = Promise.allSettled([
    pipeline(shell.output, channel, { end: false }),
    ...(shell.errors ? [pipeline(shell.errors, channel.stderr, { end: false })] : []),
  ]);
  await Promise.race([flow, aborted(gone)]);
  if (gone.aborted) shell.hangUp();
  else finish(channel, await shell.exitCode());
  // The program's end alone would not close them: the client may have sent no end of its input, or take no more output.
  for (const stream of [shell.input, shell.output, shell.errors]) stream?.destroy();
}

/** Resolves when it is, at once when it was before. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, 'abort');
}

function finish(channel: ServerChannel, code: number): void {
  if (!channel.writable) return;
  channel.exit(code);
  channel.end();
  channel.close();
}

/** Requests that want no answer have none to give. */
function answer(reply: (() => void) | undefined): void {
  reply?.();
}

function readSize(columns: number, rows: number): TerminalSize {
  const isSound = (value: number): boolean => Number.isInteger(value) && value > 0 && value < 10_000;
  return {
    columns: isSound(columns) ? columns : usualSize.columns,
    rows: isSound(rows) ? rows : usualSize.rows,
  };
}

/** A terminal in raw mode needs both. */
function withReturns(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

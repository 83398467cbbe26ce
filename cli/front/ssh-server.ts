/**
 * ssh-server - SSH to the hosts of all seats on one port (RFC 4251 to 4254): the user name says which seat and host, the door opens the program there.
 *
 * Shells, commands and sftp; no forwarding of ports, agents or displays: the lab has no way out. A client's faults end its own connection and nothing else.
 * Who does not log in in time is cut off, and only so many may be logging in at once: whoever comes then takes the place of another from the address that has most.
 */
import net, { type AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import type { Clock } from '#util/clock.ts';
import { printable } from '#util/terminal-text.ts';
import { createAttempts } from './authenticate.ts';
import type { ShellDoor } from './shell-door.ts';
import { serveSession } from './ssh-session.ts';

export interface SshServerOptions {
  readonly door: ShellDoor;
  /** In OpenSSH's form. */
  readonly privateKey: string;
  readonly address: string;
  /** Tried in this order; 0 is any free one. */
  readonly ports: readonly number[];
  readonly clock: Clock;
  /** Told who comes in, who does not, and what went wrong. */
  log(line: string): void;
}

export interface SshServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

const loginMs = 60_000;
/** A class of 40 that all log in at once, twice over. */
const mostStrangers = 100;
const mostSessions = 10;
/** A laptop that was closed is noticed, and its programs hang up, after two minutes. */
const keepalive = { keepaliveInterval: 30_000, keepaliveCountMax: 3 };

/** @throws Error with the cure when no port can be had */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const open = new Set<net.Socket>();
  const strangers = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    if (strangers.size >= mostStrangers) oldestOfMost(strangers)?.destroy();
    for (const set of [open, strangers]) set.add(socket);
    const tooLate = options.clock.after(loginMs, () => socket.destroy(), { weak: true });
    const isNoStranger = (): void => {
      tooLate.cancel();
      strangers.delete(socket);
    };
    socket.once('close', () => (isNoStranger(), open.delete(socket)));
    // A listener of its own for each connection: the socket is ours from its first byte on, before the library tells of a client.
    new ssh2.Server({ hostKeys: [options.privateKey], ident: 'Gatehouse', ...keepalive }, (client) => {
      client.on('error', () => undefined);
      client.once('ready', isNoStranger);
      welcome(client, options);
    }).injectSocket(socket);
  });
  const port = await listen(server, options);
  server.on('error', (error) => options.log(`ssh: ${printable(error.message)}`));
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return { address: options.address, port, stop, [Symbol.asyncDispose]: stop };
}

/** From the first attempt to log in to the last session. */
function welcome(client: Connection, { door, clock, log }: SshServerOptions): void {
  const attempts = createAttempts(door, clock);
  let login = '';
  client.on('authentication', (context: AuthContext) => {
    login = context.username.slice(0, 40);
    attempts.try(context).then(
      (outcome) => {
        if (outcome !== 'refused') return;
        log(`ssh: too many attempts for ${printable(login)}`);
        client.end();
      },
      (error: Error) => {
        log(`ssh: ${printable(error.message)}`);
        context.reject();
      },
    );
  });
  client.once('ready', () => {
    log(`ssh: ${printable(login)} is in`);
    const sessions = new Set<AbortController>();
    client.on('session', (accept, reject) => {
      const { place } = attempts;
      if (!place || sessions.size >= mostSessions) return void reject();
      const gone = new AbortController();
      sessions.add(gone);
      const session = accept();
      session.once('close', () => (sessions.delete(gone), gone.abort()));
      serveSession(session, { place, door, log, gone: gone.signal });
    });
    client.once('close', () => sessions.forEach((gone) => gone.abort()));
  });
}

/** Those at one address can crowd out each other, and nobody else. */
function oldestOfMost(sockets: ReadonlySet<net.Socket>): net.Socket | undefined {
  const byAddress = Object.values(Object.groupBy(sockets, ({ remoteAddress }) => remoteAddress ?? ''));
  return byAddress.reduce((most, each) => (each && each.length > (most?.length ?? 0) ? each : most), undefined)?.[0];
}

async function listen(server: net.Server, { address, ports }: SshServerOptions): Promise<number> {
  let reason = '';
  for (const port of ports)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => (server.removeListener('error', reject), resolve()));
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      reason = (error as NodeJS.ErrnoException).code ?? String(error);
      if (reason === 'EADDRNOTAVAIL') break; // no other port helps
    }
  throw new Error(
    reason === 'EADDRNOTAVAIL'
      ? `${address} is no address of this machine; cure: another --listen ADDRESS`
      : `port ${ports.join(', ')} of ${address} cannot be had for SSH (${reason}); cure: another --ssh-port N, or none`,
  );
}

/**
 * dovecot - IMAP and POP3 as a service of the mailbox host: opens the ports that dovecot.conf asks for, with and without TLS.
 *
 * Sessions of one user share that user's folders, so that their ids agree.
 *
 * Limits: 500 connections at a time on each port; a TLS handshake has 30 seconds.
 */
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { HostDeps, ListenerAddress } from '#util/host.ts';
import { withDeadline } from '#util/deadline.ts';
import { listen } from '#util/listen.ts';
import type { Service, StartedService } from '#mta/host-init.ts';
import type { MailLog, ProcessLog } from '#mta/log/mail-log.ts';
import { createAccounts } from '#mta/accounts.ts';
import { DovecotConfError } from './conf/conf-error.ts';
import { loadDovecotConf, listenerNames, type DovecotSettings, type ListenerName } from './conf/settings.ts';
import { loadTls } from './conf/load-tls.ts';
import { ImapSession } from './imap/session.ts';
import { createLogin, type Login } from './login.ts';
import { Pop3Session } from './pop3/session.ts';

const mostConnections = 500;
const handshakeMs = 30_000;

export function createDovecot(deps: HostDeps, log: MailLog): Service {
  return { name: 'dovecot', start: () => Dovecot.start(deps, log) };
}

interface Loaded {
  readonly settings: DovecotSettings;
  readonly context: tls.SecureContext | undefined;
}

class Dovecot implements StartedService {
  readonly #deps: HostDeps;
  readonly #log: ProcessLog;
  #loaded!: Loaded;
  #login!: Login;
  readonly #servers: net.Server[] = [];
  readonly #open = new Set<net.Socket>();
  readonly #addresses: ListenerAddress[] = [];

  private constructor(deps: HostDeps, log: MailLog) {
    this.#deps = deps;
    this.#log = log.process('dovecot');
  }

  static async start(deps: HostDeps, log: MailLog): Promise<Dovecot> {
    const dovecot = new Dovecot(deps, log);
    await dovecot.#openPorts(await dovecot.#load());
    return dovecot;
  }

  /** @throws Error with doveconf's words and the cure, which are in the log as well. */
  async #load(): Promise<Loaded> {
    try {
      const settings = await loadDovecotConf(this.#deps.root);
      for (const each of settings.ineffective)
        this.#log.warning(`doveconf: ${each}: accepted, but without effect here`);
      return { settings, context: await loadTls(this.#deps.root, settings) };
    } catch (error) {
      if (!(error instanceof DovecotConfError)) throw error;
      this.#log.fatal(`doveconf: Fatal: ${error.message}`);
      this.#log.info(`doveconf: cure: ${error.cure}`);
      throw new Error(`doveconf: Fatal: ${error.message}; cure: ${error.cure}`, { cause: error });
    }
  }

  async #openPorts(loaded: Loaded): Promise<void> {
    const { root, clock, address } = this.#deps;
    const { settings, context } = loaded;
    this.#loaded = loaded;
    this.#login = createLogin({
      clock,
      log: this.#log,
      accounts: createAccounts(root, settings.passwordFile),
      ownAddress: address,
      mailFolder: (home) => root.resolve(settings.mailPath.replace(/^~/, home)),
    });
    try {
      for (const name of listenerNames) {
        const isWanted = settings.protocols.includes(name.replace(/s$/, '')) && (context || !name.endsWith('s'));
        if (isWanted && settings.ports[name] !== 0) await this.#listen(name, settings.ports[name]);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#log.info(`master: Dovecot (Gatehouse) starting up for ${settings.protocols.join(', ')}`);
  }

  async #listen(name: ListenerName, port: number): Promise<void> {
    const { wire, address } = this.#deps;
    const server = net.createServer({ noDelay: true }, (socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket)).on('error', () => socket.destroy());
      void this.#serve(name, socket).catch((error: unknown) => {
        // What goes wrong in a handshake is the client's affair; anything else is ours.
        if (!(error instanceof HandshakeError)) this.#log.error(`${name}: ${String(error)}`);
        socket.destroy();
      });
    });
    server.maxConnections = mostConnections;
    const at = wire.toSocket(address, port);
    await listen(server, at);
    this.#servers.push(server);
    const bound = { host: at.host, port: (server.address() as net.AddressInfo).port };
    this.#addresses.push({ service: name, address, port, socket: bound });
  }

  async #serve(name: ListenerName, socket: net.Socket): Promise<void> {
    const { settings, context } = this.#loaded;
    const isSecure = name.endsWith('s');
    const stream = isSecure ? await this.#secure(socket) : socket;
    const options = {
      clock: this.#deps.clock,
      hostname: this.#deps.hostname,
      greeting: settings.loginGreeting,
      login: this.#login,
      clientAddress: this.#deps.wire.toLabAddress(socket.remoteAddress ?? ''),
      startTls: context ? (plain: Duplex) => this.#secure(plain as net.Socket) : undefined,
      isSecure,
      plainLogin: !settings.disablePlaintextAuth && settings.ssl !== 'required',
    };
    await (name.startsWith('imap') ? new ImapSession(stream, options) : new Pop3Session(stream, options)).run();
  }

  async #secure(socket: net.Socket): Promise<Duplex> {
    const secureContext = this.#loaded.context;
    if (!secureContext) throw new HandshakeError('no certificate');
    const secure = new tls.TLSSocket(socket, { isServer: true, secureContext });
    secure.on('error', () => secure.destroy());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    secure.once('secure', resolve).once('close', () => reject(new HandshakeError('closed')));
    try {
      await withDeadline('the TLS handshake', promise, { clock: this.#deps.clock, timeoutMs: handshakeMs });
    } catch (error) {
      secure.destroy();
      throw new HandshakeError(String(error));
    }
    return secure;
  }

  addresses(): readonly ListenerAddress[] {
    return this.#addresses;
  }

  async reload(): Promise<void> {
    const loaded = await this.#load(); // a wrong file leaves what runs as it is
    await this.stop();
    await this.#openPorts(loaded);
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await Promise.all(this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    this.#addresses.length = 0;
  }
}

/** The client and we did not agree on TLS. */
class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

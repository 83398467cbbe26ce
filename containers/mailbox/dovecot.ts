/**
 * dovecot - IMAP and POP3 as a service of the mailbox host: opens the ports that dovecot.conf asks for, with and without TLS.
 *
 * Sessions of one user share that user's folders, so that their ids agree.
 */
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { HostDeps, ListenerAddress } from '#util/host.ts';
import type { Service, StartedService } from '#mta/host-init.ts';
import type { MailLog } from '#mta/log/mail-log.ts';
import { loadDovecotConf, type DovecotSettings, type ListenerName } from './dovecot-conf.ts';
import { ImapSession } from './imap/session.ts';
import { createLogin, type Login } from './login.ts';
import { Pop3Session } from './pop3/session.ts';

export function createDovecot(deps: HostDeps, log: MailLog): Service {
  return { name: 'dovecot', start: () => Dovecot.start(deps, log) };
}

class Dovecot implements StartedService {
  readonly #deps: HostDeps;
  readonly #log: MailLog;
  #settings!: DovecotSettings;
  #login!: Login;
  #context: tls.SecureContext | undefined;
  readonly #servers: net.Server[] = [];
  readonly #open = new Set<net.Socket>();
  readonly #addresses: ListenerAddress[] = [];

  private constructor(deps: HostDeps, log: MailLog) {
    this.#deps = deps;
    this.#log = log;
  }

  static async start(deps: HostDeps, log: MailLog): Promise<Dovecot> {
    const dovecot = new Dovecot(deps, log);
    await dovecot.#openPorts();
    return dovecot;
  }

  async #openPorts(): Promise<void> {
    const { root, clock, address } = this.#deps;
    const log = this.#log.process('dovecot');
    try {
      this.#settings = await loadDovecotConf(root);
    } catch (error) {
      log.fatal(`doveconf: Fatal: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
    this.#context = await this.#loadTls();
    this.#login = createLogin({ root, clock, log, ownAddress: address, mailPath: this.#settings.mailPath });
    for (const name of ['imap', 'imaps', 'pop3', 'pop3s'] as const) {
      const isWanted =
        this.#settings.protocols.includes(name.replace(/s$/, '')) &&
        (this.#context !== undefined || !name.endsWith('s'));
      if (isWanted && this.#settings.ports[name] !== 0) await this.#listen(name, this.#settings.ports[name]);
    }
    log.info('master: Dovecot (Gatehouse) starting up');
  }

  async #loadTls(): Promise<tls.SecureContext | undefined> {
    const { ssl, certificateFile, keyFile } = this.#settings;
    if (ssl === 'no' || certificateFile === undefined || keyFile === undefined) return undefined;
    const [cert, key] = await Promise.all([
      readFile(this.#deps.root.resolve(certificateFile)),
      readFile(this.#deps.root.resolve(keyFile)),
    ]);
    return tls.createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  }

  async #listen(name: ListenerName, port: number): Promise<void> {
    const { wire, address } = this.#deps;
    const server = net.createServer({ noDelay: true }, (socket) => {
      this.#open.add(socket.on('close', () => this.#open.delete(socket)).on('error', () => socket.destroy()));
      void this.#serve(name, socket).catch(() => socket.destroy());
    });
    const at = wire.toSocket(address, port);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(at.port, at.host, resolve));
    this.#servers.push(server);
    this.#addresses.push({
      service: name,
      address,
      port,
      socket: { host: at.host, port: (server.address() as net.AddressInfo).port },
    });
  }

  async #serve(name: ListenerName, socket: net.Socket): Promise<void> {
    const isSecure = name.endsWith('s');
    const stream = isSecure ? await this.#secure(socket) : socket;
    const options = {
      clock: this.#deps.clock,
      hostname: this.#deps.hostname,
      login: this.#login,
      clientAddress: this.#deps.wire.toLabAddress(socket.remoteAddress ?? ''),
      startTls: this.#context ? (plain: Duplex) => this.#secure(plain as net.Socket) : undefined,
      isSecure,
      plainLogin: !this.#settings.disablePlaintextAuth && this.#settings.ssl !== 'required',
    };
    await (name.startsWith('imap') ? new ImapSession(stream, options) : new Pop3Session(stream, options)).run();
  }

  async #secure(socket: net.Socket): Promise<Duplex> {
    if (!this.#context) throw new Error('no certificate');
    const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: this.#context });
    await new Promise<void>((resolve, reject) =>
      secure
        .once('secure', resolve)
        .once('error', reject)
        .once('close', () => reject(new Error('closed'))),
    );
    secure.on('error', () => secure.destroy());
    return secure;
  }

  addresses(): readonly ListenerAddress[] {
    return this.#addresses;
  }

  async reload(): Promise<void> {
    await loadDovecotConf(this.#deps.root);
    await this.stop();
    await this.#openPorts();
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await Promise.all(this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    this.#addresses.length = 0;
  }
}

/**
 * smtpd - the SMTP server: listens where master.cf and inet_interfaces say, and runs a session for each client (smtpd(8), master(5)).
 *
 * On the loopback wire all hosts of the machine share 127.0.0.1, so a host listens on its own lab address only.
 */
import net from 'node:net';
import type { ListenerAddress } from '#util/host.ts';
import { listen } from '#util/listen.ts';
import { FatalConfigError } from '../config/config.ts';
import { NoLongerWanted } from '../program-starts.ts';
import type { SmtpdOptions } from './session-state.ts';

export type { SmtpdOptions, NoticeClass } from './session-state.ts';

export interface Smtpd {
  readonly addresses: readonly ListenerAddress[];
  /** New sessions use these from now on (postfix reload). */
  reload(options: SmtpdOptions): void;
  stop(): Promise<void>;
}

/** services(5): the names that master.cf uses. */
const servicePorts: Readonly<Record<string, number>> = { smtp: 25, submission: 587, submissions: 465, smtps: 465 };

/** Opens the service's sockets. @throws Error when an address is taken; FatalConfigError for a name that is no port. */
export async function startSmtpd(options: SmtpdOptions): Promise<Smtpd> {
  const running = new Running(options);
  for (const { address, port } of listenAddresses(options)) await running.listen(address, port);
  return running;
}

/** Where a master.cf inet service listens. */
function listenAddresses({ config, service, deps }: SmtpdOptions): { address: string; port: number }[] {
  const [, host, name = ''] = /^(?:(.*):)?([^:]+)$/.exec(service.name) ?? [];
  const port = servicePorts[name] ?? (/^\d+$/.test(name) ? Number(name) : undefined);
  if (port === undefined || port > 65535)
    throw new FatalConfigError(
      `unknown service: ${service.name}/tcp`,
      'the first field of an inet service is a port, or smtp, submission, submissions',
    );
  if (host !== undefined && host !== '') return [{ address: host.replace(/[[\]]/g, ''), port }];
  const own = deps.interfaces.map(({ address }) => address);
  const wanted = config.list('inet_interfaces').flatMap((word) => {
    if (word === 'all') return own;
    if (word === 'loopback-only' || word === 'localhost') return own.filter((address) => address.startsWith('127.'));
    return own.filter(
      (address) => address === word || (word === config.text('myhostname') && !address.startsWith('127.')),
    );
  });
  const usable = deps.wire.kind === 'loopback' ? wanted.filter((address) => !address.startsWith('127.')) : wanted;
  return [...new Set(usable)].map((address) => ({ address, port }));
}

class Running implements Smtpd {
  readonly addresses: ListenerAddress[] = [];
  #options: SmtpdOptions;
  /** Those of the last client. */
  #servedWith: SmtpdOptions | undefined;
  readonly #servers: net.Server[] = [];
  readonly #open = new Set<net.Socket>();
  /** Sessions under way per client address (smtpd_client_connection_count_limit). */
  readonly #perClient = new Map<string, number>();

  constructor(options: SmtpdOptions) {
    this.#options = options;
  }

  reload(options: SmtpdOptions): void {
    this.#options = options;
  }

  async listen(address: string, port: number): Promise<void> {
    const { deps, service } = this.#options;
    const server = net.createServer(
      { noDelay: true },
      (socket) => void this.#serve(socket, address).catch((error: unknown) => this.#drop(socket, error)),
    );
    const at = deps.wire.toSocket(address, port);
    await listen(server, at);
    const bound = server.address() as net.AddressInfo;
    this.#servers.push(server);
    this.addresses.push({
      service: service.name,
      address,
      port: port === 0 ? bound.port : port,
      socket: { host: at.host, port: bound.port },
    });
  }

  async #serve(socket: net.Socket, serverAddress: string): Promise<void> {
    this.#open.add(socket);
    socket.on('error', () => socket.destroy());
    await this.#options.ready(() => this.#options);
    const options = this.#options;
    const address = options.deps.wire.toLabAddress(socket.remoteAddress ?? '');
    const count = (this.#perClient.get(address) ?? 0) + 1;
    this.#perClient.set(address, count);
    const isFirst = this.#servedWith !== options;
    this.#servedWith = options;
    try {
      // Most of smtpd is there: a class of hosts starts without it.
      const { serveClient } = await import('./serve-client.ts');
      await serveClient({ options, socket, address, serverAddress, count, isFirst });
    } finally {
      this.#open.delete(socket);
      const left = (this.#perClient.get(address) ?? 1) - 1;
      if (left > 0) this.#perClient.set(address, left);
      else this.#perClient.delete(address);
      socket.end();
      socket.destroySoon();
    }
  }

  /** One that came while smtpd could not start, and is no longer wanted; or a fault of ours. */
  #drop(socket: net.Socket, error: unknown): void {
    this.#open.delete(socket);
    socket.destroy();
    if (error instanceof NoLongerWanted) return;
    const { config, deps } = this.#options;
    deps.log
      .process(`${config.text('syslog_name')}/smtpd`)
      .error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  async stop(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#open) socket.destroy();
    await Promise.all(closed);
  }
}

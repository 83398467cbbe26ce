/**
 * smtp-conversation - the client's side of one SMTP connection: send a command, get its reply (RFC 5321 section 3).
 *
 * Replies are bounded and read strictly; a timeout, a reset or nonsense ends the conversation with an error that names the command. Source address: this host's own.
 */
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { parseReply, type Reply } from '#mail/reply.ts';
import { lateTls } from '#util/late-modules.ts';
import { LineReader } from '../line-reader.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Peer } from './find-hosts.ts';

/** The conversation broke off. `stage` as in Postfix's texts: `sending MAIL FROM`, `receiving the initial server greeting`. */
export class BrokenConversation extends Error {
  override readonly name = 'BrokenConversation';
  /** RFC 3463: 4.4.2 bad connection, 4.5.0 protocol. */
  readonly dsn: string;
  constructor(message: string, dsn = '4.4.2') {
    super(message);
    this.dsn = dsn;
  }
}

const mostReplyLines = 100;

export class SmtpConversation {
  readonly peer: Peer;
  isSecure = false;
  readonly #deps: MtaDeps;
  #stream: Duplex;
  readonly #reader: LineReader;

  private constructor(deps: MtaDeps, peer: Peer, socket: net.Socket) {
    this.#deps = deps;
    this.peer = peer;
    this.#stream = socket;
    this.#reader = new LineReader(socket, deps.clock);
  }

  /** Connects. @throws Error with Postfix's words (`Connection refused`, `Connection timed out`). */
  static async connect(
    deps: MtaDeps,
    peer: Peer,
    timeoutMs: number,
    sourceAddress: string | undefined,
  ): Promise<SmtpConversation> {
    const at = deps.wire.toSocket(peer.address, peer.port);
    const socket = net.connect({
      ...at,
      noDelay: true,
      ...(sourceAddress === undefined ? {} : { localAddress: deps.wire.toSource(sourceAddress) }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = deps.clock.after(timeoutMs, () => reject(new Error('Connection timed out')));
    socket
      .once('connect', resolve)
      .once('error', (error: NodeJS.ErrnoException) => reject(new Error(socketWords(error))));
    try {
      await promise;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      timer.cancel();
    }
    socket.on('error', () => socket.destroy());
    return new SmtpConversation(deps, peer, socket);
  }

  /** Sends a line and waits for its reply. */
  async command(line: string, stage: string, timeoutMs: number): Promise<Reply> {
    this.pipeline([line]);
    const isHello = /^[EHL]+O$/.test(stage);
    return this.reply(isHello ? `performing the ${stage} handshake` : `sending ${stage}`, timeoutMs);
  }

  /** Sends several lines at once (RFC 2920); their replies are read with `reply`. A control character never reaches the wire: it could end a command and begin another. */
  pipeline(lines: readonly string[]): void {
    this.#stream.write(lines.map((line) => `${line.replace(/\p{Cc}/gu, '?')}\r\n`).join(''));
  }

  /** Sends what `toWireContent` made, after 354; the replies are read with `reply`. */
  send(wireContent: Buffer): void {
    this.#stream.write(wireContent);
  }

  /** The next reply. @throws BrokenConversation. */
  async reply(stage: string, timeoutMs: number): Promise<Reply> {
    const lines: string[] = [];
    while (lines.length < mostReplyLines) {
      const read = await this.#reader.readLine(timeoutMs);
      const where = `${this.peer.name}[${this.peer.address}]`;
      if (read.kind === 'end') throw new BrokenConversation(`lost connection with ${where} while ${stage}`);
      if (read.kind === 'timeout') throw new BrokenConversation(`conversation with ${where} timed out while ${stage}`);
      if (read.isCut)
        throw new BrokenConversation(`protocol error: host ${where} sent a line that is too long`, '4.5.0');
      lines.push(read.text);
      if (/^\d{3}-/.test(read.text)) continue;
      const parsed = parseReply(lines);
      if (parsed) return parsed;
      throw new BrokenConversation(`protocol error: host ${where} said: ${read.text.slice(0, 200)}`, '4.5.0');
    }
    throw new BrokenConversation(`protocol error: reply of ${this.peer.name} has too many lines`, '4.5.0');
  }

  /** Goes on under TLS after a 220 to STARTTLS. The certificate is not judged: opportunistic TLS (TLS_README, level may). */
  async startTls(
    timeoutMs: number,
  ): Promise<{ kind: 'started'; summary: string } | { kind: 'failed'; reason: string }> {
    this.#reader.detach();
    const secure = lateTls().connect({
      socket: this.#stream as net.Socket,
      rejectUnauthorized: false,
      ...(net.isIP(this.peer.name) ? {} : { servername: this.peer.name }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = this.#deps.clock.after(timeoutMs, () => reject(new Error('timeout')));
    secure
      .once('secureConnect', resolve)
      .on('error', reject)
      .once('close', () => reject(new Error('lost connection')));
    try {
      await promise;
    } catch (error) {
      secure.destroy();
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      timer.cancel();
    }
    this.#stream = secure;
    this.#reader.switchTo(secure);
    // The reader lets go of all listeners of a stream it leaves; an error must never be without one.
    secure.on('error', () => secure.destroy());
    this.isSecure = true;
    return { kind: 'started', summary: tlsSummary(secure) };
  }

  /** Says QUIT and hangs up without waiting for the answer (postconf: smtp_skip_quit_response). */
  quit(): void {
    const stream = this.#stream;
    const timer = this.#deps.clock.after(5000, () => stream.destroy(), { weak: true });
    stream.once('close', () => timer.cancel()).resume();
    stream.end('QUIT\r\n');
  }

  destroy(): void {
    this.#stream.destroy();
  }
}

/** `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)` */
function tlsSummary(secure: TLSSocket): string {
  const { standardName } = secure.getCipher();
  const bits = /256|CHACHA20/.test(standardName) ? 256 : 128;
  return `${secure.getProtocol() ?? 'TLS'} with cipher ${standardName} (${bits}/${bits} bits)`;
}

function socketWords(error: NodeJS.ErrnoException): string {
  const words: Record<string, string> = {
    ECONNREFUSED: 'Connection refused',
    ETIMEDOUT: 'Connection timed out',
    ENETUNREACH: 'Network is unreachable',
    EHOSTUNREACH: 'No route to host',
    ECONNRESET: 'Connection reset by peer',
    EADDRNOTAVAIL: 'Cannot assign requested address',
  };
  return words[error.code ?? ''] ?? error.message;
}

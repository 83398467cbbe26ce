/**
 * smtp-conversation - the client's side of one SMTP connection: send a command, get its reply (RFC 5321 section 3).
 *
 * Replies are bounded and read strictly; a timeout, a reset or nonsense ends the conversation with an error that names the command. Source address: this host's own.
 */
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { parseReply, type Reply } from '#mail/reply.ts';
import { LineReader } from '../accept/line-reader.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Peer } from './find-hosts.ts';

/** The conversation broke off. `stage` as in Postfix's texts: `sending MAIL FROM`, `receiving the initial server greeting`. */
export class BrokenConversation extends Error {
  override readonly name = 'BrokenConversation';
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
    this.#stream.write(`${line}\r\n`);
    return this.reply(`sending ${stage}`, timeoutMs);
  }

  /** Sends several lines at once (RFC 2920); their replies are read with `reply`. */
  pipeline(lines: readonly string[]): void {
    this.#stream.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** Sends content after 354: CR LF line ends, leading dots doubled (RFC 5321 section 4.5.2), then the final dot. */
  async content(content: Buffer, timeoutMs: number): Promise<Reply> {
    const text = content.toString('latin1').replace(/\n$/, '');
    this.#stream.write(
      Buffer.from(
        `${text
          .replace(/^\./gm, '..')
          .replace(/\r(?!\n)/g, '\r')
          .replace(/\n/g, '\r\n')}\r\n.\r\n`,
        'latin1',
      ),
    );
    return this.reply('sending end of data -- message may be sent more than once', timeoutMs);
  }

  /** The next reply. @throws BrokenConversation. */
  async reply(stage: string, timeoutMs: number): Promise<Reply> {
    const lines: string[] = [];
    while (lines.length < mostReplyLines) {
      const read = await this.#reader.readLine(timeoutMs);
      const where = `${this.peer.name}[${this.peer.address}]`;
      if (read.kind === 'end') throw new BrokenConversation(`lost connection with ${where} while ${stage}`);
      if (read.kind === 'timeout') throw new BrokenConversation(`conversation with ${where} timed out while ${stage}`);
      if (read.kind === 'too-long') continue;
      lines.push(read.text);
      if (/^\d{3}-/.test(read.text)) continue;
      const parsed = parseReply(lines);
      if (parsed) return parsed;
      throw new BrokenConversation(`protocol error: host ${where} said: ${read.text.slice(0, 200)}`);
    }
    throw new BrokenConversation(`protocol error: reply of ${this.peer.name} has too many lines`);
  }

  /** Goes on under TLS after a 220 to STARTTLS. The certificate is not judged: opportunistic TLS (TLS_README, level may). */
  async startTls(timeoutMs: number): Promise<void> {
    this.#reader.detach();
    const secure = tls.connect({
      socket: this.#stream as net.Socket,
      rejectUnauthorized: false,
      ...(net.isIP(this.peer.name) ? {} : { servername: this.peer.name }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = this.#deps.clock.after(timeoutMs, () => reject(new Error('timeout')));
    secure
      .once('secureConnect', resolve)
      .once('error', reject)
      .once('close', () => reject(new Error('lost connection')));
    try {
      await promise;
    } catch (error) {
      throw new BrokenConversation(`Cannot start TLS: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      timer.cancel();
    }
    secure.on('error', () => secure.destroy());
    this.#stream = secure;
    this.#reader.switchTo(secure);
    this.isSecure = true;
  }

  /** QUIT without waiting for long, then hang up. */
  async quit(timeoutMs: number): Promise<void> {
    await this.command('QUIT', 'QUIT', timeoutMs).catch(() => undefined);
    this.#stream.destroy();
  }

  destroy(): void {
    this.#stream.destroy();
  }
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

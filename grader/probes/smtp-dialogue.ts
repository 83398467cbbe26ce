/**
 * smtp-dialogue - plays SMTP commands one after another and writes the whole conversation down (RFC 5321).
 *
 * Lock-step, so that every reply belongs to one command. The connection comes from the speaker's lab address. A host that is down or silent is an outcome, not an error.
 */
import type { Duplex } from 'node:stream';
import { formatReply, parseReply, type Reply } from '#mail/reply.ts';
import type { Clock } from '#util/clock.ts';
import type { Dial } from '#util/dial.ts';
import { OutOfReachError } from '#range';
import type { DialogueOutcome, Exchange } from '../context.ts';
import type { Evidence } from '../evidence.ts';

export interface DialogueTarget {
  readonly dial: Dial;
  readonly clock: Clock;
  /** Lab addresses. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly evidence: Evidence;
  /** Told when a wait for this host begins; what it gives back is called at the wait's end. */
  waiting?(): () => void;
}

/** What to say: a command line, or a message after 354 (CR LF line ends, not yet dot-stuffed). */
export type Saying =
  { readonly kind: 'command'; readonly line: string } | { readonly kind: 'message'; readonly content: Buffer };

/** For a whole reply: a host that drips byte after byte must not hold a check, and the command with it, for ever. */
const replyTimeoutMs = 10_000;
const longestReplyBytes = 64 * 1024;
const wholeReply = /^(?:\d{3}-[^\r\n]*\r?\n)*\d{3}(?: [^\r\n]*)?\r?\n/;
/** A line, behind such as may come before it, that no SMTP server says. */
const strangeLine = /^(?:\d{3}-[^\r\n]*\r?\n)*(?!\d{3}(?:[ -]|\r?\n))([^\n]*)\n/;

/** Plays until a command gets no answer, or `goOn` says stop. QUIT is said at the end. */
export async function playDialogue(
  target: DialogueTarget,
  sayings: readonly Saying[],
  goOn: (exchange: Exchange) => boolean = () => true,
): Promise<DialogueOutcome> {
  const exchanges: Exchange[] = [];
  const transcript: string[] = [];
  const conversation = new Conversation(target);
  let stage = 'connect';
  try {
    await conversation.connect();
    const say = async (command: string, bytes: Buffer | undefined, shown: readonly string[]): Promise<Exchange> => {
      stage = command === '' ? 'greeting' : command;
      transcript.push(...shown.map((line) => `-> ${line}`));
      if (bytes) conversation.send(bytes);
      const reply = await conversation.reply();
      transcript.push(...formatReply(reply).map((line) => `<- ${line}`));
      const exchange = { command, reply };
      exchanges.push(exchange);
      return exchange;
    };
    let proceed = goOn(await say('', undefined, []));
    for (const saying of sayings) {
      if (!proceed) break;
      const exchange =
        saying.kind === 'command'
          ? await say(saying.line, Buffer.from(`${saying.line}\r\n`, 'latin1'), [saying.line])
          : await say('.', stuff(saying.content), [`[${saying.content.length} bytes of message]`, '.']);
      proceed = goOn(exchange);
    }
    conversation.send(Buffer.from('QUIT\r\n'));
    return { kind: 'conversed', exchanges };
  } catch (error) {
    if (error instanceof OutOfReachError) throw error;
    const reason = reasonOf(error, target);
    transcript.push(`** ${reason}`);
    return { kind: 'no-conversation', stage, reason, exchanges };
  } finally {
    conversation.close();
    target.evidence.add('smtp', `${target.from} -> ${target.to}:${target.port}`, transcript);
  }
}

/** In the lab's addresses: what the machine calls the socket means nothing to a student. */
function reasonOf(error: unknown, { to, port }: DialogueTarget): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return `connection refused: nobody listens at ${to} port ${port}`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the host hung up';
  return message;
}

/** RFC 5321 section 4.5.2. */
function stuff(content: Buffer): Buffer {
  const text = content.toString('latin1').replace(/^\./gm, '..');
  return Buffer.from(`${text.endsWith('\r\n') ? text : `${text}\r\n`}.\r\n`, 'latin1');
}

class Conversation {
  readonly #target: DialogueTarget;
  #socket: Duplex | undefined;
  #text = '';
  /** Why nothing more will come. */
  #end: string | undefined;
  #wake: (() => void) | undefined;

  constructor(target: DialogueTarget) {
    this.#target = target;
  }

  async connect(): Promise<void> {
    const { dial, to, port, from } = this.#target;
    const socket = dial(from, to, port);
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      if (this.#text.length > longestReplyBytes) {
        this.#end ??= 'its reply has no end';
        socket.destroy();
      }
      this.#wake?.();
    });
    socket.on('close', () => {
      this.#end ??= 'the host hung up';
      this.#wake?.();
    });
    await this.#within(
      'no connection',
      new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
    );
    socket.on('error', () => undefined);
  }

  send(bytes: Buffer): void {
    if (this.#socket?.writable) this.#socket.write(bytes);
  }

  reply(): Promise<Reply> {
    return this.#within('no reply', this.#readReply());
  }

  async #readReply(): Promise<Reply> {
    for (;;) {
      const whole = wholeReply.exec(this.#text)?.[0];
      if (whole !== undefined) {
        this.#text = this.#text.slice(whole.length);
        const reply = parseReply(whole.trimEnd().split(/\r?\n/));
        if (reply) return reply;
        throw new Error(`no SMTP reply: ${whole.slice(0, 100)}`);
      }
      const strange = strangeLine.exec(this.#text)?.[1];
      if (strange !== undefined) throw new Error(`no SMTP reply: ${strange.trimEnd().slice(0, 100)}`);
      if (this.#end !== undefined) throw new Error(this.#end);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #within<T>(what: string, promise: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const answered = this.#target.waiting?.();
    const timer = this.#target.clock.after(replyTimeoutMs, () =>
      reject(new Error(`${what} within ${replyTimeoutMs} ms`)),
    );
    try {
      return await Promise.race([promise, late]);
    } finally {
      timer.cancel();
      answered?.();
    }
  }

  close(): void {
    const socket = this.#socket;
    // What was said last still goes out; nothing more is waited for.
    socket?.end(() => socket.destroy());
  }
}

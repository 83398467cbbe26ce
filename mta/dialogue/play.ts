/**
 * play - plays a dialogue against a mail system and writes down what it said and what it logged: the text of the `*.ref` file.
 *
 * The same dialogue is played to our smtpd by `dialogue.test.ts` and to a genuine Postfix by `genuine/main.ts`.
 */
import { systemClock } from '#util/clock.ts';
import { DeadlineError, waitFor } from '#util/deadline.ts';
import { DialogueClient } from './client.ts';
import { normaliseLog, normaliseReply } from './normalise.ts';
import type { Step } from './read-dialogue.ts';

/** The mail system that is asked. */
export interface DialogueHost {
  /** Takes the settings (lines of main.cf, after the basic ones) and the files; hash tables are compiled. */
  configure(settings: string, files: ReadonlyMap<string, string>): Promise<void>;
  /** The socket of its smtp service. */
  readonly server: { readonly host: string; readonly port: number };
  /** Lab address of a client to the address to bind. */
  toSource(address: string): string;
  /** What smtpd and cleanup have logged since the last call, `process: text`. */
  takeLog(): Promise<string[]>;
}

const logTimeoutMs = 5000;

/** The dialogue as it went, line by line. */
export async function playDialogue(steps: readonly Step[], host: DialogueHost): Promise<string> {
  const player = new Player(host);
  for (const step of steps) await player.step(step);
  await player.end();
  return `${player.lines.join('\n')}\n`;
}

class Player {
  readonly lines: string[] = [];
  readonly #host: DialogueHost;
  readonly #files = new Map<string, string>();
  #settings = '';
  #isConfigured = false;
  #client: DialogueClient | undefined;
  #unsent = '';
  #awaited = 0;

  constructor(host: DialogueHost) {
    this.#host = host;
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'settings':
        await this.end();
        this.#settings = step.text;
        this.#isConfigured = false;
        return this.#note('main.cf', step.text);
      case 'file':
        await this.end();
        this.#files.set(step.path, step.text);
        this.#isConfigured = false;
        return this.#note(`file ${step.path}`, step.text);
      case 'connect':
        return this.#connect(step.address, step.eager);
      case 'command':
        this.lines.push(`${step.later ? 'C+' : 'C:'} ${step.text}`.trimEnd());
        this.#unsent += `${step.text}\r\n`;
        this.#awaited += 1;
        return step.later ? undefined : this.#exchange();
      case 'content':
        this.lines.push(`D: ${step.text}`.trimEnd());
        this.#unsent += `${step.text}\r\n`;
        return;
      case 'raw':
        this.lines.push(`R: ${JSON.stringify(step.text)}`);
        this.#unsent += step.text;
        return;
      case 'wait':
        this.#awaited += 1;
        return this.#exchange();
      case 'tls':
        this.lines.push(`S: ${await this.#client?.startTls()}`);
        return;
      case 'close':
        return this.end();
    }
  }

  #note(title: string, text: string): void {
    this.lines.push(
      title,
      ...text
        .split('\n')
        .slice(0, -1)
        .map((line) => `  ${line}`.trimEnd()),
    );
  }

  async #connect(address: string, eager: boolean): Promise<void> {
    await this.end();
    if (!this.#isConfigured) await this.#host.configure(this.#settings, this.#files);
    this.#isConfigured = true;
    this.lines.push('', `connect ${address}${eager ? ' eager' : ''}`);
    this.#client = await DialogueClient.connect(this.#host.toSource(address), this.#host.server);
    this.#awaited = 1;
    if (!eager) await this.#exchange();
  }

  async #exchange(): Promise<void> {
    const client = this.#client;
    if (!client) throw new Error('a dialogue begins with "connect ADDRESS"');
    if (this.#unsent !== '') client.send(this.#unsent);
    this.#unsent = '';
    for (; this.#awaited > 0; this.#awaited--) {
      const reply = await client.reply();
      this.lines.push(...reply.map((line) => `S: ${normaliseReply(line)}`));
      if (reply[0] === '(closed)') this.#awaited = 1;
    }
  }

  /** Hangs up and writes down the session's log. */
  async end(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    if (this.#unsent !== '') client.send(this.#unsent);
    this.#client = undefined;
    this.#unsent = '';
    this.#awaited = 0;
    client.close();
    this.lines.push(...(await this.#sessionLog()).map((line) => `L: ${line}`));
  }

  /** All lines up to the one that ends a session: `disconnect from`, or `fatal:`. */
  async #sessionLog(): Promise<string[]> {
    const seen: string[] = [];
    try {
      await waitFor(
        'end of the session in the log',
        async () => {
          seen.push(...(await this.#host.takeLog()));
          return seen.some((line) => /^\S+: (disconnect from|fatal: )/.test(line))
            ? { kind: 'there', value: true }
            : { kind: 'not-yet', seen: seen.at(-1) ?? 'nothing' };
        },
        { clock: systemClock, timeoutMs: logTimeoutMs },
      );
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      seen.push('(no end of the session)');
    }
    return normaliseLog(seen);
  }
}

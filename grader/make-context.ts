/**
 * make-context - the mail vocabulary made real: joins the probes to one range, one seat and one check's evidence (context.ts says what each word does).
 */
import type { Clock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { findActor, findSeat, OutOfReachError, type HostName, type Range, type Seat } from '#range';
import type {
  CheckContext,
  DialogueOutcome,
  Exchange,
  MailboxLook,
  MailToSend,
  Peer,
  SentMail,
  Speaker,
} from './context.ts';
import { newCanary } from './canary.ts';
import type { Evidence } from './evidence.ts';
import type { Patience } from './patience.ts';
import { composeMail } from './probes/compose-mail.ts';
import { createDnsProbe } from './probes/dns-query.ts';
import { lookInMailbox } from './probes/imap-mailbox.ts';
import { lookInQuarantine } from './probes/quarantine.ts';
import { answersOnPort } from './probes/reachability.ts';
import { playDialogue, type DialogueTarget, type Saying } from './probes/smtp-dialogue.ts';
import { evaluateSpf } from './probes/spf.ts';

const lookEveryMs = 100;

/** The context of one run of one check. */
export function createContext(
  range: Range,
  seat: Seat,
  evidence: Evidence,
  clock: Clock,
  signal: AbortSignal,
  patience: Patience,
): CheckContext {
  const looking = new Looking(range, evidence, clock, signal, patience);
  const dns = createDnsProbe(range.resolver, range.world.dns.address, evidence);
  return {
    world: range.world,
    seat,
    filteredSeat: findSeat(range.world, seat.filters),
    filteringSeat: findSeat(range.world, seat.filteredBy),
    reach: range.reach,
    signal,
    canary: newCanary,
    dialogue: (from, to, commands) =>
      playDialogue(
        looking.target(from, to),
        commands.map((line) => ({ kind: 'command', line })),
      ),
    send: (mail) => looking.send(mail),
    mailbox: (whose, canary, withinMs) => looking.mailbox(whose, whose.user, whose.password, canary, withinMs),
    mailboxOf: (whose, user, password, canary, withinMs) => looking.mailbox(whose, user, password, canary, withinMs),
    outside: (canary, withinMs, count = 1) => looking.outside(canary, withinMs, count),
    logLines: (whose, host, token, withinMs, matching) => looking.logLines(whose, host, token, withinMs, matching),
    postconf: (whose, host, name) => looking.postconf(whose, host, name),
    exec: (whose, host, command) => looking.exec(whose, host, command),
    file: (whose, host, path) => looking.file(whose, host, path),
    files: (whose, host, folder) => range.listFiles(whose.id, host, folder),
    quarantined: (whose, sent, withinMs) => looking.quarantined(whose, sent, withinMs),
    queueHolds: (whose, host, ...canaries) => looking.queueHolds(whose, host, canaries),
    dns,
    spf: async (client, mailFrom, helo) => {
      const result = await evaluateSpf(range.resolver, client, mailFrom, helo);
      if (range.reach && result.result === 'temperror') throw new OutOfReachError('dns-silent');
      evidence.add('dns', `SPF of ${mailFrom} from ${client}`, [`${result.result} ${result.reason}`]);
      return result;
    },
    restart: (host, service) => range.control(seat.id, host, 'restart', service),
    answers: (peer) => answersOnPort(range, looking.address(peer), peer.port ?? 25),
    note: (text) => evidence.add('note', 'check', [text]),
  };
}

class Looking {
  readonly #range: Range;
  readonly #evidence: Evidence;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #patience: Patience;

  constructor(range: Range, evidence: Evidence, clock: Clock, signal: AbortSignal, patience: Patience) {
    this.#range = range;
    this.#evidence = evidence;
    this.#clock = clock;
    this.#signal = signal;
    this.#patience = patience;
  }

  address({ seat, host }: { seat: string; host: 'gateway' | 'mailbox' }): string {
    return findSeat(this.#range.world, seat)[host].address;
  }

  target(from: Speaker, to: Peer): DialogueTarget {
    const source = 'actor' in from ? findActor(this.#range.world, from.actor).host.address : this.address(from);
    return {
      dial: this.#range.dial,
      clock: this.#clock,
      from: source,
      to: this.address(to),
      port: to.port ?? 25,
      evidence: this.#evidence,
      waiting: () => this.#patience.waiting(this.address(to)),
    };
  }

  async send(mail: MailToSend): Promise<SentMail> {
    const canary = newCanary();
    const host =
      'actor' in mail.from
        ? findActor(this.#range.world, mail.from.actor).host
        : findSeat(this.#range.world, mail.from.seat)[mail.from.host];
    const domain =
      'actor' in mail.from
        ? findActor(this.#range.world, mail.from.actor).domain
        : findSeat(this.#range.world, mail.from.seat).domain;
    const sender = mail.mailFrom ?? `${canary}@${domain}`;
    const recipients = mail.rcptTo.map((recipient) => (recipient.startsWith('<') ? recipient : `<${recipient}>`));
    const content = composeMail(mail, canary, sender, mail.rcptTo[0]?.replace(/^<|>$/g, '') ?? '', this.#clock.now());
    const sayings: Saying[] = [
      `EHLO ${mail.helo ?? host.name}`,
      `MAIL FROM:<${sender}>`,
      ...recipients.map((recipient) => `RCPT TO:${recipient}`),
      'DATA',
    ].map((line) => ({ kind: 'command', line }));
    const outcome = await playDialogue(
      this.target(mail.from, mail.to),
      [...sayings, { kind: 'message', content }],
      (exchange) => exchange.reply.code < 400,
    );
    return { canary, outcome, content, ...decide(outcome) };
  }

  async mailbox(seat: Seat, user: string, password: string, canary: string, withinMs: number): Promise<MailboxLook> {
    const isTls = this.#range.reach !== undefined;
    const where = { wire: this.#range.wire, address: seat.mailbox.address, user, password, isTls };
    const look = await this.#until(withinMs, async () => {
      const answered = this.#patience.waiting(seat.mailbox.address);
      const found = await lookInMailbox(where, canary, this.#clock).finally(answered);
      return found.kind === 'messages' && found.messages.length > 0
        ? { done: true, value: found }
        : { done: found.kind === 'login-refused', value: found };
    });
    this.#evidence.add(
      'imap',
      `${user} at ${seat.mailbox.name}, messages with ${canary}`,
      look.kind === 'messages'
        ? [
            `${look.messages.length} found`,
            ...look.messages.flatMap((message) => message.headers.map((field) => `${field.name}: ${field.value}`)),
          ]
        : [`${look.kind}: ${look.reason}`],
    );
    return look;
  }

  async outside(canary: string, withinMs: number, count: number): ReturnType<CheckContext['outside']> {
    const found = await this.#until(withinMs, async () => {
      const messages = await this.#range.sinkMessages(canary);
      return { done: messages.length >= count, value: messages };
    });
    this.#evidence.add(
      'outside',
      `mail with ${canary} on the lab's Internet`,
      found.length === 0
        ? ['none']
        : found.map(
            (message) =>
              `at ${message.actor} from ${message.clientAddress} (${message.heloName}): <${message.reversePath}> -> ${message.recipients.join(', ')}`,
          ),
    );
    return found;
  }

  async logLines(
    seat: Seat,
    host: HostName,
    token: string,
    withinMs: number,
    matching?: RegExp,
  ): Promise<readonly string[]> {
    const lines = await this.#until(withinMs, async () => {
      const read = await this.#range.readFile(seat.id, host, '/var/log/mail.log');
      const found = read.kind === 'file' ? read.text.split('\n').filter((line) => line.includes(token)) : [];
      return { done: found.some((line) => matching?.test(line) ?? true), value: found };
    });
    this.#evidence.add(
      'log',
      `${seat.id} ${host} /var/log/mail.log: ${token}`,
      lines.length === 0 ? ['no such line'] : lines,
    );
    return lines;
  }

  async postconf(seat: Seat, host: HostName, name: string): Promise<string | undefined> {
    const result = await this.#range.exec(seat.id, host, ['postconf', '-x', '-h', name]);
    const value = result.exitCode === 0 ? result.stdout.trim() : undefined;
    this.#evidence.add('command', `${seat.id} ${host}: postconf ${name}`, [value ?? result.stderr.trim()]);
    return value;
  }

  async exec(seat: Seat, host: HostName, command: readonly string[]): ReturnType<CheckContext['exec']> {
    const result = await this.#range.exec(seat.id, host, command);
    this.#evidence.add(
      'command',
      `${seat.id} ${host}: ${command.join(' ')}`,
      [`exit ${result.exitCode}`, ...result.stdout.split('\n'), ...result.stderr.split('\n')].filter(Boolean),
    );
    return result;
  }

  async file(seat: Seat, host: HostName, path: string): Promise<string | undefined> {
    const read = await this.#range.readFile(seat.id, host, path);
    this.#evidence.add(
      'file',
      `${seat.id} ${host} ${path}`,
      read.kind === 'file' ? read.text.split('\n') : [read.kind],
    );
    return read.kind === 'file' ? read.text : undefined;
  }

  async quarantined(seat: Seat, sent: SentMail, withinMs: number): Promise<readonly string[]> {
    const found = await this.#until(withinMs, async () => {
      const kept = await lookInQuarantine(this.#range, seat.id, sent);
      return { done: kept.length > 0, value: kept };
    });
    this.#evidence.add(
      'file',
      `${seat.id} gateway quarantine: ${sent.canary}`,
      found.length === 0 ? ['nothing'] : found,
    );
    return found;
  }

  async queueHolds(seat: Seat, host: HostName, canaries: readonly string[]): ReturnType<CheckContext['queueHolds']> {
    const result = await this.#range.exec(seat.id, host, ['postqueue', '-j']);
    if (result.exitCode !== 0) return undefined;
    const entries = result.stdout
      .split('\n')
      .flatMap((line) => (canaries.some((each) => line.includes(each)) ? queueEntry(line) : []));
    this.#evidence.add(
      'command',
      `${seat.id} ${host}: postqueue -j`,
      entries.map((entry) => `${entry.queueName} ${entry.queueId}`),
    );
    return entries;
  }

  /** Looks again and again until done or late; the last look counts. */
  async #until<T>(withinMs: number, look: () => Promise<{ done: boolean; value: T }>): Promise<T> {
    const startedMs = this.#clock.monotonicMs();
    for (;;) {
      const { done, value } = await look();
      if (done || this.#signal.aborted || this.#clock.monotonicMs() - startedMs >= withinMs) return value;
      await pause(this.#clock, lookEveryMs);
    }
  }
}

/** A line of `postqueue -j`; none when it is not one. */
function queueEntry(line: string): { queueName: string; queueId: string }[] {
  try {
    const { queue_name: queueName, queue_id: queueId } = JSON.parse(line) as Record<string, unknown>;
    return typeof queueName === 'string' && typeof queueId === 'string' ? [{ queueName, queueId }] : [];
  } catch {
    return [];
  }
}

/** Which reply decided, and on which command. */
function decide(outcome: DialogueOutcome): Pick<SentMail, 'deciding' | 'stage' | 'accepted' | 'queueId'> {
  const refusal = outcome.exchanges.find((exchange) => exchange.reply.code >= 400);
  const last = refusal ?? outcome.exchanges.at(-1);
  const accepted =
    outcome.kind === 'conversed' && refusal === undefined && last?.command === '.' && last.reply.code < 300;
  return {
    deciding: last?.reply,
    stage: stageOf(last),
    accepted,
    queueId: /queued as (\S+)/.exec(last?.reply.lines.join(' ') ?? '')?.[1],
  };
}

function stageOf(exchange: Exchange | undefined): string {
  if (!exchange || exchange.command === '') return 'connect';
  return exchange.command.split(' ')[0]?.toUpperCase() ?? '';
}

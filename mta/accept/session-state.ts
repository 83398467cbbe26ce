/**
 * session-state - what one SMTP session knows: the client, the transaction, what was said, and what the commands may do with it.
 */
import type { Duplex } from 'node:stream';
import { formatReply, type Reply } from '#mail/reply.ts';
import { randomName } from '#util/random-name.ts';
import type { MasterService, PostfixConfig } from '../config/config.ts';
import { syslogTime } from '../log/syslog-time.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import type { ClientInfo, EnvelopeRecipient, MessageActions, Origin } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { Started } from '../program-starts.ts';
import type { Cleanup, CleanupSession } from '../queue/queue.ts';
import type { MailParameters } from './esmtp-parameters.ts';
import { addFooter, soften } from './finish-reply.ts';
import { LineReader } from '../line-reader.ts';
import { maskBytes } from './unicode-address.ts';

/** Classes of postmaster notices that a session may cause (postconf: notify_classes). */
export type NoticeClass = 'policy' | 'protocol' | 'data' | 'resource' | 'software';

export interface SmtpdOptions {
  /** With the service's own `-o` settings applied. */
  readonly config: PostfixConfig;
  readonly service: MasterService;
  /** All of master.cf, for policy services. */
  readonly services: readonly MasterService[];
  readonly deps: MtaDeps;
  readonly cleanup: Cleanup;
  readonly started: Started;
  /** Resolves when smtpd itself can start; asks `now` for the options of the moment. */
  readonly ready: (now: () => SmtpdOptions) => Promise<void>;
  /** Sends the transcript to the postmaster if notify_classes wants that class. */
  readonly notices: (noticeClass: NoticeClass, transcript: readonly string[], client: string) => void;
}

/** MAIL to end of data. */
export interface Transaction {
  readonly reversePath: string;
  readonly parameters: MailParameters;
  readonly recipients: EnvelopeRecipient[];
  actions: MessageActions;
  /** Opened at the first accepted recipient (smtpd_delay_open_until_valid_rcpt). */
  cleanup: CleanupSession | undefined;
  readonly instance: string;
  /** Recipients beyond the limit so far. */
  overshoot: number;
  /** Chunks of BDAT so far. */
  chunks: Buffer[];
}

const transcriptLines = 200;

export class SessionState {
  readonly options: SmtpdOptions;
  readonly client: ClientInfo;
  readonly log: ProcessLog;
  readonly reader: LineReader;
  /** Where the client connected to. */
  readonly server: { readonly address: string; readonly port: number };
  readonly noticeClasses = new Set<NoticeClass>();
  stream: Duplex;
  helo: { readonly name: string; readonly extended: boolean } | undefined;
  /** Words for the log and the Received: field. */
  tls: string | undefined;
  sasl: { method: string; username: string; sender: string } | undefined;
  /** Who tried to log in last. */
  saslTried: string | undefined;
  transaction: Transaction | undefined;
  /** The command under way, for log lines; CONNECT at first. */
  stage = 'CONNECT';
  errors = 0;
  junk = 0;
  over = false;
  /** BDAT: a chunk went wrong, and all up to the last one are dropped (RFC 3030 section 2). */
  bdatFailed = false;
  /** The client went away in the middle of a message. */
  lost = false;
  pipelinedAhead = false;
  /** smtpd_delay_reject = no: the client was refused in the greeting. */
  refusedClient: Reply | undefined;
  readonly #transcript: string[] = [];
  readonly #instanceStem = randomName();
  #transactions = 0;

  constructor(
    options: SmtpdOptions,
    stream: Duplex,
    client: ClientInfo,
    log: ProcessLog,
    server: { address: string; port: number },
  ) {
    this.options = options;
    this.stream = stream;
    this.client = client;
    this.log = log;
    this.server = server;
    this.reader = new LineReader(stream, options.deps.clock);
  }

  get config(): PostfixConfig {
    return this.options.config;
  }
  get deps(): MtaDeps {
    return this.options.deps;
  }
  get hostname(): string {
    return this.config.text('myhostname');
  }
  /** For `proto=` in the log and the policy protocol. */
  get dialect(): 'SMTP' | 'ESMTP' {
    return this.helo?.extended ? 'ESMTP' : 'SMTP';
  }
  /** For Received: (RFC 3848). */
  get protocol(): string {
    if (!this.helo?.extended) return 'SMTP';
    return `${this.transaction?.parameters.smtputf8 ? 'UTF8SMTP' : 'ESMTP'}${this.tls ? 'S' : ''}${this.sasl ? 'A' : ''}`;
  }

  send(answer: Reply): void {
    const written = formatReply(addFooter(this.config, soften(this.config, answer), this.#facts()));
    const lines = this.config.bool('smtputf8_enable') ? written : written.map((line) => maskBytes(line, ' '));
    for (const line of lines) this.transcript('Out', line);
    if (this.stream.writable) this.stream.write(`${lines.join('\r\n')}\r\n`);
  }

  /** For smtpd_reject_footer. */
  #facts(): ReadonlyMap<string, string> {
    return new Map([
      ['client_address', this.client.address],
      ['client_name', this.client.name],
      ['client_port', String(this.client.port)],
      ['helo_name', this.helo?.name ?? ''],
      ['localtime', syslogTime(this.deps.clock.now())],
      ['sender', this.transaction?.reversePath ?? ''],
      ['server_name', this.hostname],
    ]);
  }

  transcript(direction: 'In' | 'Out', line: string): void {
    if (this.#transcript.length < transcriptLines)
      this.#transcript.push(direction === 'In' ? ` In:  ${line}` : ` Out: ${line}`);
  }

  /** One notice a session and class. */
  notify(): void {
    for (const noticeClass of this.noticeClasses)
      this.options.notices(noticeClass, this.#transcript, `${this.client.name}[${this.client.address}]`);
  }

  startTransaction(reversePath: string, parameters: MailParameters): Transaction {
    this.transaction = {
      reversePath,
      parameters,
      recipients: [],
      actions: {},
      cleanup: undefined,
      instance: `${this.#instanceStem}.${this.#transactions++}.0`,
      overshoot: 0,
      chunks: [],
    };
    return this.transaction;
  }

  /** Forgets the transaction, and the queue file begun for it. */
  async abandonTransaction(): Promise<void> {
    const abandoned = this.transaction;
    this.transaction = undefined;
    this.bdatFailed = false;
    await abandoned?.cleanup?.abort();
  }

  origin(): Origin {
    return {
      kind: 'smtp',
      client: this.client,
      heloName: this.helo?.name ?? '',
      protocol: this.protocol,
      ...(this.sasl ? { saslMethod: this.sasl.method, saslUsername: this.sasl.username } : {}),
      ...(this.tls ? { tls: this.tls } : {}),
      rewriteContext:
        this.deps.interfaces.some(({ address }) => address === this.client.address) ||
        this.client.address.startsWith('127.')
          ? 'local'
          : 'remote',
    };
  }
}

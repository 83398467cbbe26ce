/**
 * mta - the face of the mail transfer agent: one Postfix-like instance with its configuration directory.
 *
 * A message's way, in the order of the calls made here: accept (smtpd) or pickup -> cleanup -> queue -> qmgr -> deliver -> log.
 */
import type { ListenerAddress } from '#util/host.ts';
import type { MtaDeps } from './mta-deps.ts';

export interface Mta {
  /** @throws FatalConfigError when main.cf or master.cf stops Postfix from starting; the text has been logged as `fatal:`. */
  start(): Promise<StartedMta>;
}

export interface StartedMta {
  addresses(): readonly ListenerAddress[];
  /** postfix reload: reads main.cf, master.cf and tables again. @throws FatalConfigError; the old configuration stays in use then. */
  reload(): Promise<void>;
  /** postqueue -f: tries all deferred mail now. */
  flush(): Promise<void>;
  /** Looks at incoming and maildrop now (the scanner calls it after it put messages back). */
  kick(): void;
  stop(): Promise<void>;
}

export type CreateMta = (configDirectory: string, deps: MtaDeps) => Mta;

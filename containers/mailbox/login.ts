/**
 * login - who may open which mailbox: passwords from the passwd-file, home folders from passwd(5), log lines in Dovecot's shape.
 *
 * A refused login waits a moment before its answer, so that guessing is slow.
 */
import type { Clock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import type { createAccounts } from '#mta/accounts.ts';
import type { ProcessLog } from '#mta/log/mail-log.ts';
import { Folders } from './maildir/folders.ts';

export interface MailAccount {
  readonly user: string;
  readonly folders: Folders;
}

export type LoginOutcome =
  { readonly kind: 'ok'; readonly account: MailAccount } | { readonly kind: 'refused' | 'tempfail' };

export interface Login {
  check(
    protocol: 'imap' | 'pop3',
    user: string,
    password: string,
    method: string,
    clientAddress: string,
    isSecure: boolean,
  ): Promise<LoginOutcome>;
  warn(text: string): void;
}

const refusalDelayMs = 500;

export interface LoginOptions {
  readonly clock: Clock;
  readonly log: ProcessLog;
  readonly accounts: ReturnType<typeof createAccounts>;
  readonly ownAddress: string;
  /** The Maildir (on this machine) of the user with that home folder. */
  mailFolder(home: string): string;
}

export function createLogin(options: LoginOptions): Login {
  const { accounts } = options;
  const open = new Map<string, MailAccount>();
  return {
    warn: (text) => options.log.warning(text),
    async check(protocol, user, password, method, clientAddress, isSecure) {
      const words = `user=<${user}>, method=${method}, rip=${clientAddress}, lip=${options.ownAddress}${isSecure ? ', TLS' : ''}`;
      const outcome = await accounts.authenticate(user, password);
      const account = outcome.kind === 'ok' ? await accounts.account(user) : undefined;
      if (outcome.kind === 'tempfail') {
        options.log.error(`auth: passwd-file: ${outcome.reason}`);
        return { kind: 'tempfail' };
      }
      if (!account) {
        options.log.info(`${protocol}-login: Aborted login (auth failed, 1 attempts in 0 secs): ${words}`);
        await pause(options.clock, refusalDelayMs);
        return { kind: 'refused' };
      }
      options.log.info(`${protocol}-login: Login: ${words}`);
      const mailAccount = open.get(user) ?? {
        user,
        folders: new Folders(options.mailFolder(account.home), options.clock),
      };
      open.set(user, mailAccount);
      return { kind: 'ok', account: mailAccount };
    },
  };
}

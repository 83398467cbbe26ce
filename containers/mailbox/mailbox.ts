/**
 * mailbox - the face of the mailbox host: the mail system that delivers into Maildirs, and Dovecot, or ours in its place, which serves them over IMAP and POP3.
 */
import { createMailLogFile } from '#mta/log/mail-log-file.ts';
import { startHostInit, type Service } from '#mta/host-init.ts';
import { createMtaService } from '#mta/mta-service.ts';
import type { MailLog } from '#mta/log/mail-log.ts';
import type { Host, HostDeps } from '#util/host.ts';

/** Who serves IMAP and POP3 on a host: ours (dovecot.ts), or the genuine one that a container has (genuine-dovecot.ts). */
export type CreateDovecot = (deps: HostDeps, log: MailLog) => Service;

export function createMailbox(deps: HostDeps, createDovecot: CreateDovecot): Host {
  return {
    start() {
      const log = createMailLogFile(deps.root.resolve('/var/log/mail.log'), deps.hostname, deps.clock);
      return startHostInit(deps.root, [createMtaService(deps, log), createDovecot(deps, log)]);
    },
  };
}

/**
 * mailbox - the face of the mailbox host: the mail system that delivers into Maildirs, and Dovecot's place, which serves them over IMAP and POP3.
 */
import { createMailLogFile } from '#mta/log/mail-log-file.ts';
import { startHostInit, type Service } from '#mta/host-init.ts';
import { createMtaService } from '#mta/mta-service.ts';
import type { MailLog } from '#mta/log/mail-log.ts';
import type { Host, HostDeps } from '#util/host.ts';
import { createDovecot } from './dovecot.ts';

/** `dovecot`: who serves IMAP and POP3; ours unless told otherwise (a container has the genuine one). */
export function createMailbox(deps: HostDeps, dovecot = (log: MailLog): Service => createDovecot(deps, log)): Host {
  return {
    start() {
      const log = createMailLogFile(deps.root.resolve('/var/log/mail.log'), deps.hostname, deps.clock);
      return startHostInit(deps.root, [createMtaService(deps, log), dovecot(log)]);
    },
  };
}

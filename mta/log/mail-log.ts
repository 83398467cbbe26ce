/**
 * mail-log - where the MTA's programs write, in syslog's traditional shape.
 *
 * `Nov 24 03:54:55 gw postfix/smtpd[231]: connect from ...`: RFC 3164's time stamp, the host's first label, `syslog_name/program[pid]`. Each
 * program run gets a process number of its own, as a Postfix daemon would. Everything from the net is made printable first: a log line can never be forged.
 *
 * Texts are built by the line tables beside this file (`*-lines.ts`), one function a line shape, listed in docs/reference/log-lines.md.
 */

export type Severity = 'info' | 'warning' | 'error' | 'fatal' | 'panic';

/** One program run's log. */
export interface ProcessLog {
  /** The process number on its lines. */
  readonly pid: number;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  fatal(text: string): void;
}

/** A host's mail log. */
export interface MailLog {
  /** `ident` is what stands before the process number: `postfix/smtpd`, `postfix/submission/smtpd`, `MailScanner`, `dovecot`. */
  process(ident: string): ProcessLog;
}

/**
 * tell-resolver - what trivial-rewrite(8) says when it cannot tell where an address leads. It serves smtpd and qmgr, and logs for itself.
 */
import type { PostfixConfig } from '../config/config.ts';
import type { MailLog } from './mail-log.ts';

export function tellResolver(log: MailLog, config: PostfixConfig, warnings: readonly string[]): void {
  if (warnings.length === 0) return;
  const own = log.process(`${config.text('syslog_name')}/trivial-rewrite`);
  for (const text of warnings) own.warning(text);
}

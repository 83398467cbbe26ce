/**
 * finish-reply - what a site may do to every refusal before it is sent: soft_bounce and smtpd_reject_footer (postconf(5)).
 */
import type { Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';

/** soft_bounce: 5xx becomes 4xx, so that nothing is lost while a site is being set up. */
export function soften(config: PostfixConfig, refusal: Reply): Reply {
  if (refusal.code < 500 || !config.bool('soft_bounce')) return refusal;
  const { enhancedStatus } = refusal;
  return {
    ...refusal,
    code: refusal.code - 100,
    ...(enhancedStatus === undefined ? {} : { enhancedStatus: `4${enhancedStatus.slice(1)}` }),
  };
}

/** smtpd_reject_footer: `\c` goes on in the same line, `\n` begins another. `facts`: `$client_address` and so on. */
export function addFooter(config: PostfixConfig, refusal: Reply, facts: ReadonlyMap<string, string>): Reply {
  const written = config.entries.get('smtpd_reject_footer') ?? '';
  if (refusal.code < 400 || written === '') return refusal;
  const footer = config.expand(written, facts);
  const { lines } = refusal;
  return footer.startsWith('\\c')
    ? { ...refusal, lines: [...lines.slice(0, -1), `${lines.at(-1)}${footer.slice(2)}`] }
    : { ...refusal, lines: [...lines, ...footer.split('\\n')] };
}

/**
 * spf - what RFC 7208 makes of a client and a sender, by the lab's DNS (mailauth evaluates).
 */
import { spf } from 'mailauth/lib/spf/index.js';
import { toMailauthResolver } from '#util/mailauth-resolver.ts';
import type { Resolver } from '#util/resolver.ts';

/** `result` is RFC 7208's word: pass, fail, softfail, neutral, none, temperror, permerror. */
export async function evaluateSpf(
  resolver: Resolver,
  client: string,
  mailFrom: string,
  helo: string,
): Promise<{ result: string; reason: string }> {
  const checked = (await spf({
    resolver: toMailauthResolver(resolver),
    ip: client,
    helo,
    sender: mailFrom,
    mta: 'grader.test',
  } as never)) as { status: { result: string; comment?: string } };
  return { result: checked.status.result, reason: checked.status.comment ?? '' };
}

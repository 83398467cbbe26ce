/**
 * spf - what RFC 7208 makes of a client and a sender, by the lab's DNS (mailauth evaluates).
 */
import { spf } from 'mailauth/lib/spf/index.js';
import { addressOfReverseName, type Answer, type Resolver } from '#util/resolver.ts';

/** `result` is RFC 7208's word: pass, fail, softfail, neutral, none, temperror, permerror. */
export async function evaluateSpf(
  resolver: Resolver,
  client: string,
  mailFrom: string,
  helo: string,
): Promise<{ result: string; reason: string }> {
  const checked = (await spf({
    resolver: (name: string, type: string) => ask(resolver, name, type),
    ip: client,
    helo,
    sender: mailFrom,
    mta: 'grader.test',
  } as never)) as { status: { result: string; comment?: string } };
  return { result: checked.status.result, reason: checked.status.comment ?? '' };
}

async function ask(resolver: Resolver, name: string, type: string): Promise<unknown[]> {
  switch (type.toUpperCase()) {
    case 'TXT':
      return records(await resolver.txt(name)).map((text) => [text]);
    case 'MX':
      return records(await resolver.mx(name)).map(({ preference, exchange }) => ({ priority: preference, exchange }));
    case 'A':
      return records(await resolver.a(name));
    case 'AAAA':
      return records(await resolver.aaaa(name));
    case 'PTR':
      return records(await namesOf(resolver, name));
    default:
      return records<string>({ kind: 'nodata' });
  }
}

/** mailauth asks for PTR records by the reverse name, our Resolver by the address. */
function namesOf(resolver: Resolver, reverseName: string): Promise<Answer<string>> {
  const address = addressOfReverseName(reverseName);
  return address === undefined ? Promise.resolve({ kind: 'nodata' }) : resolver.ptr(address);
}

/** Absence as mailauth expects it: an error with DNS's code. */
function records<T>(answer: Answer<T>): T[] {
  if (answer.kind === 'found') return [...answer.records];
  const code = { nxdomain: 'ENOTFOUND', nodata: 'ENODATA', tempfail: 'ETIMEOUT' }[answer.kind];
  throw Object.assign(new Error(code), { code });
}

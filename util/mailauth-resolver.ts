/**
 * mailauth-resolver - our Resolver in the shape that mailauth asks: `(name, type) -> records`, absence as an error with DNS's own code.
 */
import { addressOfReverseName, type Answer, type Resolver } from './resolver.ts';

/** @throws (from the returned function) Error with code ENOTFOUND, ENODATA or ETIMEOUT. */
export function toMailauthResolver(resolver: Resolver): (name: string, type: string) => Promise<unknown[]> {
  return async (name, type) => {
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
        throw Object.assign(new Error(`no ${type} records`), { code: 'ENODATA' });
    }
  };
}

/** mailauth asks for PTR records by the reverse name, our Resolver by the address. */
function namesOf(resolver: Resolver, reverseName: string): Promise<Answer<string>> {
  const address = addressOfReverseName(reverseName);
  return address === undefined ? Promise.resolve({ kind: 'nodata' }) : resolver.ptr(address);
}

function records<T>(answer: Answer<T>): T[] {
  if (answer.kind === 'found') return [...answer.records];
  const code = { nxdomain: 'ENOTFOUND', nodata: 'ENODATA', tempfail: 'ETIMEOUT' }[answer.kind];
  throw Object.assign(new Error(code), { code });
}

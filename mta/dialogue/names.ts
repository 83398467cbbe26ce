/**
 * names - what DNS says in the dialogues: the clients' names, the domains of senders, two block lists.
 *
 * Our smtpd asks `createNamesResolver`; a genuine Postfix asks `genuine/name-server.ts`. Both answer from this table.
 */
import type { Answer, MxRecord, Resolver } from '#util/resolver.ts';

export interface Records {
  readonly a?: readonly string[];
  readonly mx?: readonly MxRecord[];
  readonly ns?: readonly string[];
  readonly txt?: readonly string[];
  readonly ptr?: readonly string[];
  /** The servers of this name do not answer. */
  readonly broken?: true;
}

const reverse = (address: string): string => `${address.split('.').reverse().join('.')}.in-addr.arpa`;

export const names: ReadonlyMap<string, Records> = new Map<string, Records>([
  // A sound client, one without PTR, two whose PTR leads nowhere good, one whose reverse zone is broken, one of our own network.
  [reverse('198.19.0.5'), { ptr: ['mail.good.test'] }],
  ['mail.good.test', { a: ['198.19.0.5'] }],
  [reverse('198.19.0.7'), { ptr: ['liar.good.test'] }],
  ['liar.good.test', { a: ['198.19.0.99'] }],
  [reverse('198.19.0.8'), { ptr: ['nowhere.test'] }],
  [reverse('198.19.0.9'), { broken: true }],
  [reverse('198.18.0.7'), { ptr: ['pc.one.test'] }],
  ['pc.one.test', { a: ['198.18.0.7'] }],
  // Domains.
  ['good.test', { mx: [{ preference: 10, exchange: 'mail.good.test' }], ns: ['ns.good.test'] }],
  ['ns.good.test', { a: ['198.19.0.53'] }],
  ['aonly.test', { a: ['198.19.0.20'], ns: ['ns.good.test'] }],
  ['null.test', { mx: [{ preference: 0, exchange: '' }] }],
  ['broken.test', { broken: true }],
  ['spam.test', { mx: [{ preference: 10, exchange: 'mx.spam.test' }], ns: ['ns.spam.test'] }],
  ['mx.spam.test', { a: ['198.19.6.6'] }],
  ['ns.spam.test', { a: ['198.19.6.53'] }],
  ['one.test', { mx: [{ preference: 10, exchange: 'mail.one.test' }] }],
  ['mail.one.test', { a: ['198.18.1.10'] }],
  [
    'backup.test',
    {
      mx: [
        { preference: 10, exchange: 'mail.good.test' },
        { preference: 20, exchange: 'mail.one.test' },
      ],
    },
  ],
  // Lists: by address (RFC 5782) and by name.
  ['6.0.19.198.bl.test', { a: ['127.0.0.4'], txt: ['198.19.0.6 sends spam'] }],
  ['5.0.19.198.wl.test', { a: ['127.0.0.2'] }],
  ['spam.test.dbl.test', { a: ['127.0.1.2'], txt: ['spam.test is a spam domain'] }],
  ['spam.test.silent.test', { a: ['127.0.1.2'] }],
  ['liar.good.test.dbl.test', { a: ['127.0.1.2'] }],
  ['mail.good.test.rhswl.test', { a: ['127.0.0.2'] }],
]);

/** The records of a name; `exists` for one that only has names below it. */
export function findRecords(name: string): Records | 'exists' | undefined {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const broken = [...names].some(
    ([each, records]) => records.broken && (wanted === each || wanted.endsWith(`.${each}`)),
  );
  if (broken) return { broken: true };
  return names.get(wanted) ?? ([...names.keys()].some((each) => each.endsWith(`.${wanted}`)) ? 'exists' : undefined);
}

export function createNamesResolver(): Resolver {
  const ask = async <T>(name: string, pick: (records: Records) => readonly T[] | undefined): Promise<Answer<T>> => {
    const records = findRecords(name);
    if (records === undefined) return { kind: 'nxdomain' };
    if (records === 'exists') return { kind: 'nodata' };
    if (records.broken) return { kind: 'tempfail', reason: 'ESERVFAIL' };
    const found = pick(records);
    return found ? { kind: 'found', records: found } : { kind: 'nodata' };
  };
  return {
    a: (name) => ask(name, ({ a }) => a),
    aaaa: (name) => ask<string>(name, () => undefined),
    mx: (name) => ask(name, ({ mx }) => mx),
    txt: (name) => ask(name, ({ txt }) => txt),
    cname: (name) => ask<string>(name, () => undefined),
    ns: (name) => ask(name, ({ ns }) => ns),
    ptr: (address) => ask(reverse(address), ({ ptr }) => ptr),
  };
}

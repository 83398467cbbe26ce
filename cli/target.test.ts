/**
 * What `grade --target` makes of its words.
 */
import { expect, test } from 'vitest';
import { readTarget, splitPort } from './target.ts';

const plain = { seat: 'pc1', as: 'gateway', target: '192.0.2.25' } as const;

test.each([
  ['192.0.2.25', { host: '192.0.2.25' }],
  ['192.0.2.25:2525', { host: '192.0.2.25', port: 2525 }],
  ['mx.example.org:26', { host: 'mx.example.org', port: 26 }],
  ['2001:db8::25', { host: '2001:db8::25' }],
  ['[2001:db8::25]', { host: '2001:db8::25' }],
  ['[2001:db8::25]:2525', { host: '2001:db8::25', port: 2525 }],
])('%s', (text, expected) => {
  expect(splitPort(text)).toEqual(expected);
});

test.each(['', ':25', 'host:', 'host:0', 'host:65536', 'host:smtp', '[::1', 'a:b:25'])('%j is refused', (text) => {
  expect(() => splitPort(text)).toThrow('neither HOST nor HOST:PORT');
});

test('a host that was set up after the sheets needs nothing but its address', async () => {
  expect(await readTarget(plain)).toEqual({
    address: '192.0.2.25',
    port: 25,
    place: 'gateway',
    seat: 'pc1',
    isStranger: false,
  });
});

test('own names are passed on', async () => {
  const own = { name: 'MX.example.org', user: 'anna@example.org', relaysFor: 'bob@example.net', dns: '192.0.2.53' };
  expect(await readTarget({ ...plain, ...own, stranger: true })).toMatchObject({
    name: 'mx.example.org',
    user: 'anna@example.org',
    relayUser: 'bob@example.net',
    dns: '192.0.2.53',
    isStranger: true,
  });
});

test.each([
  ['a name without a user', { name: 'mx.example.org' }, 'own names come together'],
  ['a user without a name', { user: 'anna@example.org' }, 'own names come together'],
  ['an address that would break a command', { relaysFor: 'anna@example.org> SIZE=1' }, 'no mail address'],
  ['a name that would break a command', { name: 'mx.example.org\r\nDATA', user: 'a@b.test' }, 'no host name'],
  ['an address without a domain', { relaysFor: 'anna' }, 'no mail address'],
  ['a password for a gateway', { passwordFile: 'x' }, '--as mailbox'],
  [
    'a password that is nowhere',
    { as: 'mailbox' as const, passwordFile: '/nowhere/x' },
    'no such file; cure: a file whose first line',
  ],
  ['a name server by name', { dns: 'ns.example.org' }, 'by its address'],
])('%s is refused with the cure', async (_what, more, message) => {
  await expect(readTarget({ ...plain, ...more })).rejects.toThrow(message);
});

test.each([
  ['ENOTFOUND', 'the name mx.example.org has no address; cure: is it spelt right'],
  ['EAI_AGAIN', 'the address of mx.example.org is not known: no name server answers this computer; cure: '],
])('of a name that comes to %s is said what that means', async (code, message) => {
  const find = () => Promise.reject(Object.assign(new Error(`getaddrinfo ${code} mx.example.org`), { code }));
  const told = await readTarget({ ...plain, target: 'mx.example.org' }, find).catch((error: Error) => error.message);
  expect(told).toContain(message);
  expect(told).not.toContain(code);
});

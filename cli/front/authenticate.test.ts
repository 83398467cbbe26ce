/**
 * authenticate.test - what no honest client does: a known key without its private half, names and keys of others.
 */
import ssh2, { type AuthContext } from 'ssh2';
import { expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { createAttempts } from './authenticate.ts';
import { readAuthorizedKeys } from './authorized-keys.ts';
import { makeKeyPair } from './host-key.ts';
import type { ShellDoor } from './shell-door.ts';

const [mine, other] = [makeKeyPair(), makeKeyPair()];
const signed = Buffer.from('what the client signs');

function sign(privateKey: string): Buffer {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return key.sign(signed);
}

const door = {
  findPlace: async (login) => (login === 'pc1' ? { seat: 'pc1', host: 'gateway' } : undefined),
  password: async () => 'right',
  keys: async () => readAuthorizedKeys(mine.public),
} satisfies Partial<ShellDoor> as unknown as ShellDoor;

function offer(username: string, signature: Buffer | undefined): { context: AuthContext; said: string[] } {
  const said: string[] = [];
  const [known] = readAuthorizedKeys(mine.public);
  const context = {
    method: 'publickey',
    username,
    key: { algo: 'ssh-ed25519', data: known?.blob },
    signature,
    blob: signature && signed,
    accept: () => said.push('accepted'),
    reject: () => said.push('rejected'),
  } as unknown as AuthContext;
  return { context, said };
}

test.each([
  ['a signature of the key', 'pc1', sign(mine.private), ['accepted'], true],
  ['no signature, which only asks', 'pc1', undefined, ['accepted'], false],
  ["another key's signature", 'pc1', sign(other.private), ['rejected'], false],
  ['no bytes of a signature', 'pc1', Buffer.alloc(0), ['rejected'], false],
  ['bytes that are none', 'pc1', Buffer.alloc(64, 7), ['rejected'], false],
  ['a right signature for another name', 'pc2', sign(mine.private), ['rejected'], false],
] as const)('%s', async (_, login, signature, expected, isIn) => {
  const attempts = createAttempts(door, systemClock);
  const { context, said } = offer(login, signature);
  await attempts.try(context);
  expect(said).toEqual(expected);
  expect(attempts.place !== undefined).toBe(isIn);
});

test('every key pair that is made can be read, whatever its bytes', () => {
  const pairs = Array.from({ length: 2000 }, makeKeyPair);
  const unreadable = pairs
    .flatMap((pair) => [pair.private, pair.public])
    .filter((half) => ssh2.utils.parseKey(half) instanceof Error);
  expect(unreadable).toEqual([]);
});

/**
 * password - passwords as a passwd-file keeps them: `{SSHA512}` (SHA-512 of password and salt, the salt behind the digest) or `{PLAIN}`.
 */
import { lateCrypto } from './late-modules.ts';

/** `{SSHA512}...` with a salt of its own. */
export function hashPassword(password: string): string {
  const { createHash, randomBytes } = lateCrypto();
  const salt = randomBytes(8);
  return `{SSHA512}${Buffer.concat([createHash('sha512').update(password).update(salt).digest(), salt]).toString('base64')}`;
}

/** Does the password fit? An unknown scheme never does. */
export function checkPassword(stored: string, password: string): boolean {
  const [, scheme = '', text = ''] = /^\{([^}]+)\}(.*)$/s.exec(stored) ?? [];
  if (scheme === 'PLAIN') return isSame(Buffer.from(text), Buffer.from(password));
  if (scheme !== 'SSHA512') return false;
  const bytes = Buffer.from(text, 'base64');
  const digest = lateCrypto().createHash('sha512').update(password).update(bytes.subarray(64)).digest();
  return isSame(bytes.subarray(0, 64), digest);
}

function isSame(first: Buffer, second: Buffer): boolean {
  return first.length === second.length && lateCrypto().timingSafeEqual(first, second);
}

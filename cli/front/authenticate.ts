/**
 * authenticate - who may log in (RFC 4252): by the seat's password, or by a public key that somebody put there.
 *
 * An unknown seat is treated as a wrong password is, in words and in time. A wrong password is answered after a pause, and a connection has few attempts.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthContext } from 'ssh2';
import type { Clock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import type { SeatPlace } from './place-name.ts';
import type { ShellDoor } from './shell-door.ts';

const methods = ['publickey', 'password'] as const;
const mostPasswords = 4;
/** A client offers every key that its agent holds. */
const mostKeys = 20;
const wrongPasswordMs = 1000;

export interface Attempts {
  /** `refused`: and no more attempts are taken. */
  try(context: AuthContext): Promise<'accepted' | 'again' | 'refused'>;
  /** Set once somebody is in. */
  readonly place: SeatPlace | undefined;
}

/** The attempts of one connection. */
export function createAttempts(door: ShellDoor, clock: Clock): Attempts {
  let [passwords, keys] = [0, 0];
  let place: SeatPlace | undefined;
  const settle = async (context: AuthContext): Promise<'accepted' | 'again' | 'refused'> => {
    const wanted = await door.findPlace(context.username);
    if (context.method === 'publickey') {
      keys++;
      if (wanted && (await knowsKey(door, wanted, context))) {
        if (context.signature) place = wanted;
        return 'accepted'; // without a signature: "that key would do" (RFC 4252 section 7)
      }
      return keys < mostKeys ? 'again' : 'refused';
    }
    if (context.method !== 'password') return 'again';
    passwords++;
    if (isSame(context.password, wanted ? await door.password(wanted) : '') && wanted) {
      place = wanted;
      return 'accepted';
    }
    await pause(clock, wrongPasswordMs);
    return passwords < mostPasswords ? 'again' : 'refused';
  };
  return {
    get place() {
      return place;
    },
    async try(context) {
      const outcome = await settle(context);
      if (outcome === 'accepted') context.accept();
      else context.reject([...methods]);
      return outcome;
    },
  };
}

async function knowsKey(
  door: ShellDoor,
  place: SeatPlace,
  { key, blob, signature, hashAlgo }: Extract<AuthContext, { method: 'publickey' }>,
): Promise<boolean> {
  const known = (await door.keys(place)).find((each) => isSame(each.blob, key.data));
  if (!known || !signature) return known !== undefined;
  return blob !== undefined && known.verify(blob, signature, hashAlgo);
}

/** In constant time: digests are of one length. */
function isSame(first: string | Buffer, second: string | Buffer): boolean {
  const digest = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(first), digest(second));
}

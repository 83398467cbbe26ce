/**
 * accounts - the host's users and their passwords: /etc/passwd (passwd(5)) and /etc/dovecot/users (Dovecot's passwd-file).
 *
 * Both are read when asked, so that an edit counts at once. Password schemes: see util/password.ts.
 */
import type { HostRoot } from '#util/host-root.ts';
import { readTextAt } from '#util/host-text.ts';
import { checkPassword } from '#util/password.ts';
import type { MtaDeps } from './mta-deps.ts';

const defaultPasswordFile = '/etc/dovecot/users';

/** Account and login look-ups for the host under `root`; `passwordFile` is the host path of the passwd-file. */
export function createAccounts(
  root: HostRoot,
  passwordFile = defaultPasswordFile,
): Pick<MtaDeps, 'account' | 'authenticate'> {
  const lines = (file: string): Promise<string[]> =>
    readTextAt(root.resolve(file)).then((text) =>
      text.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    );
  return {
    async account(name) {
      const line = (await lines('/etc/passwd').catch(() => [])).find((each) => each.startsWith(`${name}:`));
      const [user, , uid, gid, gecos = '', home = ''] = line?.split(':') ?? [];
      return user === undefined
        ? undefined
        : { name: user, uid: Number(uid), gid: Number(gid), fullName: gecos.split(',')[0] ?? '', home };
    },
    async authenticate(user, password) {
      const all = await lines(passwordFile).catch((error: NodeJS.ErrnoException) => error);
      if (all instanceof Error) return { kind: 'tempfail', reason: `${passwordFile}: ${all.code ?? all.message}` };
      const stored = all.find((line) => line.startsWith(`${user}:`))?.split(':')[1];
      if (stored === undefined) return { kind: 'refused', reason: 'unknown user' };
      return checkPassword(stored, password) ? { kind: 'ok' } : { kind: 'refused', reason: 'password mismatch' };
    },
  };
}

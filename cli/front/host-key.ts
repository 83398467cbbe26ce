/**
 * host-key - the front's own SSH key (Ed25519), made at the first start and kept in the workspace, so that clients meet the same host after every restart.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ssh2 from 'ssh2';

export interface HostKey {
  /** In OpenSSH's form. */
  readonly privateKey: string;
  /** `SHA256:...`, as ssh-keygen -l shows it. */
  readonly fingerprint: string;
}

/** Reads the key, or makes one with mode 600. @throws Error naming the file and the cure when it is no key */
export async function openHostKey(file: string): Promise<HostKey> {
  const privateKey = (await readIfThere(file)) ?? (await makeKey(file));
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Error(`${file}: ${parsed.message}; cure: remove the file, a new key is made at the next start`);
  const digest = createHash('sha256').update(parsed.getPublicSSH()).digest('base64');
  return { privateKey, fingerprint: `SHA256:${digest.replace(/=+$/, '')}` };
}

/** An Ed25519 key pair, both halves in OpenSSH's form. */
export function makeKeyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'gatehouse' });
    // Of 256 pairs ssh2 1.17 spoils the one whose public half begins with a zero byte, which it drops (mscdex/ssh2#1390).
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

async function makeKey(file: string): Promise<string> {
  const { private: privateKey } = makeKeyPair();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, privateKey, { mode: 0o600, flag: 'wx' });
  return privateKey;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * authorized-keys - the public keys in a file of authorized_keys form (sshd(8)): one key a line, `#` begins a comment line. Pure.
 *
 * Limits: options before a key (`from=`, `command=`) are not known; such a line lets nobody in.
 */
import ssh2 from 'ssh2';

/** More than a person has; a longer file is hostile or broken. */
const mostKeys = 50;

export interface AuthorizedKey {
  /** The key as it travels (RFC 4253 section 6.6). */
  readonly blob: Buffer;
  verify(signed: Buffer, signature: Buffer, algorithm: string | undefined): boolean;
}

/** Every line that is a public key; all others are passed over. */
export function readAuthorizedKeys(text: string): AuthorizedKey[] {
  // Blanks may go before a key, as sshd has it; so may the mark with which Notepad begins a file.
  const lines = text.split('\n').flatMap((line) => /^(?:ssh|ecdsa|sk)-.*/.exec(line.trim()) ?? []);
  return lines.slice(0, mostKeys).flatMap((line) => {
    const key = parse(line);
    return key ? [key] : [];
  });
}

function parse(line: string): AuthorizedKey | undefined {
  const parsed = ssh2.utils.parseKey(line);
  if (parsed instanceof Error || parsed.isPrivateKey()) return undefined;
  return {
    blob: parsed.getPublicSSH(),
    // A signature of a wrong form is answered with an Error, which is not `true`.
    verify: (signed, signature, algorithm) => (parsed.verify(signed, signature, algorithm) as unknown) === true,
  };
}

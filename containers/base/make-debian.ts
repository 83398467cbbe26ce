/**
 * make-debian - a Debian of our own as an archive, from the machine's own package mirror, where no registry has one (mmdebstrap(1)).
 *
 * A build has no network, so what a host needs beyond the base is in its Debian from the start: `base` keeps the packages of the mailbox host's Dovecot (/usr/share/gatehouse/dovecot, fetched in the same
 * run against exactly this Debian), `genuine` has the genuine programs installed.
 * SOURCE_DATE_EPOCH makes two runs against the same mirror alike, byte for byte.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const suite = 'bookworm';
const excludes = [
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/info/*',
];

export type DebianKind = 'base' | 'genuine';

/** The wanted packages, by name. */
export async function debianPackages(kind: DebianKind): Promise<string[]> {
  const lists = kind === 'base' ? ['base'] : ['base', 'genuine'];
  const texts = await Promise.all(
    lists.map((folder) => readFile(path.join(import.meta.dirname, '..', folder, 'packages.txt'), 'utf8')),
  );
  return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Writes the root file system as a tar archive. @throws Error saying what is missing and the cure, or with mmdebstrap's last words */
export async function makeDebian(kind: DebianKind, archive: string): Promise<void> {
  const chroot = (command: string): string => `--customize-hook=chroot "$1" sh -c '${command}'`;
  const keepDovecot = [
    chroot('apt-get install -y --no-install-recommends --download-only dovecot-imapd dovecot-pop3d'),
    chroot('mkdir -p /usr/share/gatehouse/dovecot && mv /var/cache/apt/archives/*.deb /usr/share/gatehouse/dovecot/'),
  ];
  await run('mmdebstrap', [
    '--variant=apt',
    `--include=${(await debianPackages(kind)).join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    ...excludes.map((each) => `--dpkgopt=${each}`),
    chroot('apt-get clean'),
    ...(kind === 'base' ? keepDovecot : []),
    suite,
    archive,
  ]);
}

function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...globalThis.process.env, SOURCE_DATE_EPOCH: '1750000000' },
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = `${words}${chunk.toString()}`.slice(-4000)));
  return new Promise((resolve, reject) => {
    child.once('error', () =>
      reject(
        new Error(
          `${program} is not installed; cure: apt-get install mmdebstrap (as root), or give the machine a registry`,
        ),
      ),
    );
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} failed:\n${words}`))));
  });
}

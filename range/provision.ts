/**
 * provision - lays a freshly installed host into its root: base files, password, certificate, empty folders, the marker.
 *
 * Never touches a file that is there: students' work survives every restart.
 */
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { hashPassword } from '#util/password.ts';
import { createCertificate } from './certificates.ts';
import { seatParameters } from './parameters.ts';
import { renderTree } from './render-tree.ts';
import type { OverlayFile } from './range.ts';
import { findSeat, type HostName, type World } from './world.ts';

const folders = [
  '/tmp',
  '/root',
  '/run',
  '/var/log',
  '/var/spool/postfix',
  '/var/lib/postfix',
  '/var/spool/MailScanner/quarantine',
  '/home/afnog',
];
const containers = path.join(path.dirname(import.meta.dirname), 'containers');

/** Makes the root of one host complete. True when it was new. */
export async function provisionHost(
  world: World,
  seatId: string,
  host: HostName,
  root: string,
  clock: Clock,
): Promise<boolean> {
  const isNew = !(await exists(path.join(root, '.gatehouse-host')));
  for (const folder of host === 'dns' ? ['/etc/bind', '/run', '/var/log', '/tmp', '/root'] : folders)
    await mkdir(path.join(root, folder), { recursive: true });
  if (isNew) for (const file of await firstFiles(world, seatId, host, clock)) await writeMissing(root, file);
  return isNew;
}

/** The files of a host's first state. */
export async function firstFiles(world: World, seatId: string, host: HostName, clock: Clock): Promise<OverlayFile[]> {
  const seat = findSeat(world, seatId);
  const local = host === 'dns' ? world.dns : seat[host];
  const base = await renderTree(path.join(containers, host, 'files'), { ...seatParameters(world, seatId), local });
  const marker: OverlayFile = { path: '/.gatehouse-host', content: Buffer.from(`${seatId} ${host}\n`) };
  if (host === 'dns') return [...base, marker];
  const { certificate, key } = await createCertificate(local.name, clock.now());
  return [
    ...base,
    { path: '/etc/dovecot/users', content: Buffer.from(`${seat.user}:${hashPassword(seat.password)}\n`), mode: 0o600 },
    { path: '/etc/ssl/certs/ssl-cert-snakeoil.pem', content: Buffer.from(certificate) },
    { path: '/etc/ssl/private/ssl-cert-snakeoil.key', content: Buffer.from(key), mode: 0o600 },
    marker,
  ];
}

async function writeMissing(root: string, file: OverlayFile): Promise<void> {
  const place = path.join(root, file.path);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, file.content, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if (file.mode !== undefined) await chmod(place, file.mode);
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

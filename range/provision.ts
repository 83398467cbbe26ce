/**
 * provision - lays a freshly installed host into its root: base files, password, certificate, empty folders, the marker.
 *
 * Never touches a file that is there: students' work survives every restart. Where a student may have been, and may be at work, nothing that lies there is trusted (util/host-file.ts). A genuine host gets the names and the workshop's first settings only; the rest is as Debian's packages install it.
 */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { makeHostFolder, writeHostFile } from '#util/host-file.ts';
import { createHostRoot } from '#util/host-root.ts';
import { isThere } from '#util/is-there.ts';
import { hashPassword } from '#util/password.ts';
import { seatParameters } from './parameters.ts';
import { renderTree } from './render-tree.ts';
import type { OverlayFile } from './range.ts';
import { findSeat, type HostName, type World } from './world.ts';

/** Marks a host's root, and says which host it is and of which kind. */
export const markerName = '.gatehouse-host';

/** Is the root that of a genuine host? Undefined: of no host yet. */
export async function readKind(root: string): Promise<'own' | 'genuine' | undefined> {
  const text = await readFile(path.join(root, markerName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : text.trim().endsWith(' genuine') ? 'genuine' : 'own';
}

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
/** What a genuine host has from its own packages: accounts, master.cf; and no MailScanner. */
const debianBrings = /^\/etc\/(passwd|group|postfix\/master\.cf|MailScanner\/.*|mail\/.*)$/;
const containers = path.join(path.dirname(import.meta.dirname), 'containers');

/** Makes the root of one host complete. True when it was new. */
export async function provisionHost(
  world: World,
  seatId: string,
  host: HostName,
  root: string,
  clock: Clock,
): Promise<boolean> {
  const wanted = host === 'dns' ? ['/etc/bind', '/run', '/var/log', '/tmp', '/root'] : folders;
  if (mkdirSync(root, { recursive: true }) === undefined) return completeHost(world, seatId, host, root, clock, wanted);
  for (const folder of wanted) mkdirSync(path.join(root, folder), { recursive: true });
  for (const file of await firstFiles(world, seatId, host, clock)) writeFirst(root, file);
  return true;
}

/** A root that was there before. What cannot be made because of what its student put there is the student's affair: it keeps no other host from starting. */
async function completeHost(
  world: World,
  seatId: string,
  host: HostName,
  rootFolder: string,
  clock: Clock,
  wanted: readonly string[],
): Promise<boolean> {
  const isNew = !(await isThere(path.join(rootFolder, markerName)));
  const root = createHostRoot(rootFolder);
  for (const folder of wanted)
    if (!existsSync(path.join(rootFolder, folder)))
      await makeHostFolder(root, folder).then((made) => made.close(), refuseLackOfMeans);
  if (isNew)
    for (const file of await firstFiles(world, seatId, host, clock))
      await writeHostFile(root, file, { isKept: true }).catch(refuseLackOfMeans);
  return isNew;
}

function refuseLackOfMeans(error: NodeJS.ErrnoException): void {
  if (error.code === 'EACCES' || error.code === 'EPERM') throw error;
  if (isLackOfRoom(error))
    throw Object.assign(new Error(`${error.message}; cure: make room, then the same command again`, { cause: error }), {
      code: error.code,
    });
}

/** The disk, perhaps the seat's own, is full. */
export function isLackOfRoom(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The files of a host's first state. */
export async function firstFiles(world: World, seatId: string, host: HostName, clock: Clock): Promise<OverlayFile[]> {
  const seat = findSeat(world, seatId);
  const local = host === 'dns' ? world.dns : seat[host];
  const base = renderTree(path.join(containers, host, 'files'), { ...seatParameters(world, seatId), local });
  const isGenuine = host !== 'dns' && seat.genuine.includes(host);
  const marker: OverlayFile = {
    path: `/${markerName}`,
    content: Buffer.from(`${seatId} ${host}${isGenuine ? ' genuine' : ''}\n`),
  };
  if (host === 'dns') return [...base, marker];
  const { createCertificate } = await import('./certificates.ts'); // takes long to load
  const { certificate, key } = createCertificate(local.name, clock.now());
  return [
    ...base.filter((file) => !isGenuine || !debianBrings.test(file.path)),
    { path: '/etc/dovecot/users', content: Buffer.from(`${seat.user}:${hashPassword(seat.password)}\n`), mode: 0o600 },
    { path: '/etc/ssl/certs/ssl-cert-snakeoil.pem', content: Buffer.from(certificate) },
    { path: '/etc/ssl/private/ssl-cert-snakeoil.key', content: Buffer.from(key), mode: 0o600 },
    marker,
  ];
}

/** At once: see render-tree.ts. Nobody else knows the folder yet. */
function writeFirst(root: string, file: OverlayFile): void {
  const place = path.join(root, file.path);
  mkdirSync(path.dirname(place), { recursive: true });
  try {
    writeFileSync(place, file.content);
  } catch (error) {
    // The next start would take what was half written for the student's own.
    rmSync(place, { force: true });
    refuseLackOfMeans(error as NodeJS.ErrnoException);
    throw error;
  }
  if (file.mode !== undefined) chmodSync(place, file.mode);
}

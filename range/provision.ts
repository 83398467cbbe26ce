/**
 * provision - lays a freshly installed host into its root: base files, password, certificate, empty folders, the marker.
 *
 * Never touches a file that is there: students' work survives every restart. Where a student may have been, and may be at work, nothing that lies there is trusted (util/host-file.ts). A genuine host gets the names and the workshop's first settings only; the rest is as Debian's packages install it.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { makeHostFolder, writeHostFile } from '#util/host-file.ts';
import { createHostRoot } from '#util/host-root.ts';
import { isThere } from '#util/is-there.ts';
import { hashPassword } from '#util/password.ts';
import { createCertificate } from './certificates.ts';
import { seatParameters } from './parameters.ts';
import { readTree, renderFiles, type FileTree } from './render-tree.ts';
import type { OverlayFile } from './range.ts';
import { findSeat, type HostName, type MailHost, type World } from './world.ts';

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

/** Lays the hosts of one world; what all of them begin with is read once. */
export class Provision {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #trees = new Map<HostName, FileTree>();

  constructor(world: World, clock: Clock) {
    this.#world = world;
    this.#clock = clock;
  }

  /** Makes the root of one host complete. `isAlike`: it holds what `layAlike` lays, and nobody has been there since. True when it was new. */
  async layHost(
    seatId: string,
    host: HostName,
    root: string,
    { isAlike = false }: { isAlike?: boolean } = {},
  ): Promise<boolean> {
    const wanted = host === 'dns' ? ['/etc/bind', '/run', '/var/log', '/tmp', '/root'] : folders;
    const firstFiles = (): OverlayFile[] => this.firstFiles(seatId, host);
    const wasThere = mkdirSync(root, { recursive: true }) === undefined;
    if (wasThere && !isAlike) return completeHost(root, wanted, firstFiles);
    const files = firstFiles();
    if (!isAlike) makeFolders(root, wanted, files);
    for (const file of files) if (!isAlike || !existsSync(path.join(root, file.path))) writeFirst(root, file);
    return true;
  }

  /** Lays into `root` what the hosts of all seats have alike, beside what their image gives them: folders, and files that name no seat. Of those that do none is there afterwards. @throws Error where a link stands for a folder */
  layAlike(seatId: string, host: MailHost, root: string): void {
    const alike = new Set(this.#treeOf(host).flatMap((file) => (file.isAlike ? [file.path] : [])));
    const files = this.firstFiles(seatId, host);
    // An image may come from elsewhere: nothing of it leads our hand out of the root.
    for (const folder of [...folders, ...files.map((file) => path.dirname(file.path))]) requireNoLink(root, folder);
    makeFolders(root, folders, files);
    for (const file of files) {
      rmSync(path.join(root, file.path), { force: true });
      if (alike.has(file.path)) writeFirst(root, file);
    }
  }

  /** The files of a host's first state. */
  firstFiles(seatId: string, host: HostName): OverlayFile[] {
    const seat = findSeat(this.#world, seatId);
    const local = host === 'dns' ? this.#world.dns : seat[host];
    const base = renderFiles(this.#treeOf(host), { ...seatParameters(this.#world, seatId), local });
    const isGenuine = host !== 'dns' && seat.genuine.includes(host);
    const marker: OverlayFile = {
      path: `/${markerName}`,
      content: Buffer.from(`${seatId} ${host}${isGenuine ? ' genuine' : ''}\n`),
    };
    if (host === 'dns') return [...base, marker];
    const { certificate, key } = createCertificate(local.name, this.#clock.now());
    return [
      ...base.filter((file) => !isGenuine || !debianBrings.test(file.path)),
      {
        path: '/etc/dovecot/users',
        content: Buffer.from(`${seat.user}:${hashPassword(seat.password)}\n`),
        mode: 0o600,
      },
      { path: '/etc/ssl/certs/ssl-cert-snakeoil.pem', content: Buffer.from(certificate) },
      { path: '/etc/ssl/private/ssl-cert-snakeoil.key', content: Buffer.from(key), mode: 0o600 },
      marker,
    ];
  }

  #treeOf(host: HostName): FileTree {
    const tree = this.#trees.get(host) ?? readTree(path.join(containers, host, 'files'));
    this.#trees.set(host, tree);
    return tree;
  }
}

/** A root that was there before. What cannot be made because of what its student put there is the student's affair: it keeps no other host from starting. */
async function completeHost(
  rootFolder: string,
  wanted: readonly string[],
  firstFiles: () => OverlayFile[],
): Promise<boolean> {
  const isNew = !(await isThere(path.join(rootFolder, markerName)));
  const root = createHostRoot(rootFolder);
  for (const folder of wanted)
    if (!existsSync(path.join(rootFolder, folder)))
      await makeHostFolder(root, folder).then((made) => made.close(), refuseLackOfMeans);
  if (isNew)
    for (const file of firstFiles()) await writeHostFile(root, file, { isKept: true }).catch(refuseLackOfMeans);
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

/** @throws Error naming what is no folder on the way to `folder` */
function requireNoLink(root: string, folder: string): void {
  let place = root;
  for (const name of folder.split('/').filter(Boolean)) {
    place = path.join(place, name);
    const found = lstatSync(place, { throwIfNoEntry: false });
    if (!found) return;
    if (!found.isDirectory())
      throw new Error(`${place} of the image is no folder; cure: build the image anew (gatehouse images build)`);
  }
}

function makeFolders(root: string, wanted: readonly string[], files: readonly OverlayFile[]): void {
  for (const folder of new Set([...wanted, ...files.map((file) => path.dirname(file.path))]))
    mkdirSync(path.join(root, folder), { recursive: true });
}

/** At once: see render-tree.ts. Nobody else knows the folder yet. */
function writeFirst(root: string, file: OverlayFile): void {
  const place = path.join(root, file.path);
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

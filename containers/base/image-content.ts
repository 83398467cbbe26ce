/**
 * image-content - which files of the project go into the images: the code, and the packages that it runs with.
 *
 * Packages are read from package-lock.json: all that are not for development only. The package `node` stays out (the image has its Node apart).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export const projectFolder = path.join(import.meta.dirname, '..', '..');

export const imageRooms = ['util', 'mail', 'mta', 'containers', 'range', 'grader', 'labs', 'slides', 'cli'];
export const imageFiles = ['package.json', 'package-lock.json', 'LICENSE'];
/** Tests' data, wherever it lies. */
export const leftOutFolders = ['testdata', 'fixtures', 'mistakes', 'near-misses'];

/** Paths below the project's folder, sorted: rooms, files, production packages. */
export async function imageEntries(): Promise<string[]> {
  const there = new Set((await readdir(projectFolder)).filter((name) => imageRooms.includes(name)));
  return [...there, ...imageFiles, ...(await productionPackages())].sort();
}

async function productionPackages(): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(path.join(projectFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
  };
  const installed = new Set(await installedPackages());
  return Object.entries(packages)
    .filter(([place, { dev, devOptional }]) => place.startsWith('node_modules/') && !dev && !devOptional)
    .map(([place]) => place)
    .filter((place) => !/^node_modules\/(node|node-[a-z0-9-]+)(\/|$)/.test(place) && installed.has(place))
    .filter((place, _index, all) => !all.some((other) => other !== place && place.startsWith(`${other}/`)));
}

async function installedPackages(): Promise<string[]> {
  const text = await readFile(path.join(projectFolder, 'node_modules', '.package-lock.json'), 'utf8');
  return Object.keys((JSON.parse(text) as { packages: Record<string, unknown> }).packages);
}

/** Is it left out of the images (tests and their data)? */
export function isLeftOut(name: string): boolean {
  return name.endsWith('.test.ts') || name.split('/').some((part) => leftOutFolders.includes(part));
}

/** A digest of everything that goes in: names and bytes of our own files, and the lockfile for the packages. */
export async function contentDigest(): Promise<string> {
  const digest = createHash('sha256').update(await readFile(path.join(projectFolder, 'package-lock.json')));
  for (const entry of (await imageEntries()).filter((each) => !each.startsWith('node_modules/')))
    for (const name of await filesBelow(entry))
      // Some six hundred small files: to wait for each takes four times as long as to read it, and `up` waits for them all.
      digest.update(`\0${name}\0`).update(readFileSync(path.join(projectFolder, name)));
  return digest.digest('hex').slice(0, 16);
}

async function filesBelow(entry: string): Promise<string[]> {
  const entries = await readdir(path.join(projectFolder, entry), { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  if (entries === undefined) return [entry];
  return entries
    .filter((each) => each.isFile())
    .map((each) => path.relative(projectFolder, path.join(each.parentPath, each.name)))
    .filter((name) => !isLeftOut(name))
    .sort();
}

/**
 * build-images - the images of all hosts: on Node's slim image where a registry answers, else on a Debian made from a mirror (mmdebstrap).
 *
 * The legacy builder is used through the engine's API, so no client program is needed. Nothing secret is in a build: passwords and keys are made when a workshop is.
 * What goes in is packed with fixed owners and times, so the same tree gives the same layers.
 *
 * Limits: the mirror way needs root, mmdebstrap and a Linux machine; it builds for the machine's own architecture.
 */
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import tar from 'tar-fs';
import { bundlePrograms, imageHome } from './bundle.ts';
import { debianPackages, makeDebian, type DebianKind } from './make-debian.ts';
import { contentDigest, imageEntries, isLeftOut, projectFolder } from './image-content.ts';
import { contentLabel, imageHosts, imageName, type ImageHost, type OptionalImage } from './image-names.ts';

export interface BuildOptions {
  readonly docker: Docker;
  readonly version: string;
  /** `auto`: the registry if it answers. */
  readonly from: 'auto' | 'registry' | 'mirror';
  /** Beside those that every workshop needs. */
  readonly extra: readonly OptionalImage[];
  progress(text: string): void;
}

const debianImages = { base: 'debian', genuine: 'debian-genuine' } as const;
const nodeImage = 'node:24-bookworm-slim';
/** Tells which packages a Debian of ours was made with. */
const packagesLabel = 'org.gatehouse.packages';
/** Fixed times make fixed layers. */
const epoch = new Date('2025-01-01T00:00:00Z');

/** Builds base and hosts. @returns which way the base was made. @throws Error with the builder's words */
export async function buildImages(options: BuildOptions): Promise<'registry' | 'mirror'> {
  const { docker, progress } = options;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-images-'));
  try {
    const way = options.from === 'auto' ? ((await pulls(docker)) ? 'registry' : 'mirror') : options.from;
    progress(way === 'registry' ? `base from ${nodeImage}` : 'base from a Debian mirror');
    const labels = { [contentLabel]: await contentDigest() };
    if (way === 'mirror')
      await Promise.all(['base' as const, ...options.extra].map((kind) => requireDebian(options, folder, kind)));
    await buildBase(options, folder, way, labels);
    for (const host of imageHosts) await buildHost(options, folder, host, 'Dockerfile', {}, labels);
    if (options.extra.includes('genuine')) await buildGenuine(options, folder, way, labels);
    return way;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the Debian, unless the engine has one with the same packages. */
async function requireDebian(
  { docker, version, progress }: BuildOptions,
  folder: string,
  kind: DebianKind,
): Promise<void> {
  const packages = (await debianPackages(kind)).join(' ');
  const name = imageName(debianImages[kind], version);
  const found = await docker
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  if (found?.Config.Labels?.[packagesLabel] === packages) return progress(`${name} is here already`);
  progress(`making ${name} (about a minute)`);
  const archive = path.join(folder, `${debianImages[kind]}.tar`);
  await makeDebian(kind, archive);
  const changes = [`LABEL ${packagesLabel}="${packages}"`];
  const importing = await docker.importImage(createReadStream(archive), {
    repo: `gatehouse/${debianImages[kind]}`,
    tag: version,
    changes,
  });
  // Its answer ends when the image is there; one that nobody reads would also keep this process from ending.
  await followToEnd(docker, importing, () => undefined);
}

/** Can the base be had from a registry? */
async function pulls(docker: Docker): Promise<boolean> {
  try {
    const stream = await docker.pull(nodeImage);
    await followToEnd(docker, stream, () => undefined);
    return true;
  } catch {
    return false;
  }
}

async function buildBase(
  options: BuildOptions,
  folder: string,
  way: 'registry' | 'mirror',
  labels: Record<string, string>,
): Promise<void> {
  const { version } = options;
  const context = await beginImage(options, folder, 'base', way === 'mirror' ? 'Dockerfile.mirror' : 'Dockerfile');
  if (way === 'mirror')
    await copyFile(path.join(projectFolder, 'node_modules', 'node', 'bin', 'node'), path.join(context, 'node'));
  const bundle = path.join(folder, 'bundle');
  await bundlePrograms(bundle, imageHome);
  await build(options, pack(context, { entries: await imageEntries(), bundle }), imageName('base', version), {
    buildargs:
      way === 'mirror'
        ? { DEBIAN_IMAGE: imageName('debian', version) }
        : { NODE_IMAGE: nodeImage, SOURCE: 'gatehouse', PACKAGES: 'brought' },
    labels,
  });
}

/** The image of genuine hosts: the base's Node and code, and Debian's programs. */
async function buildGenuine(
  options: BuildOptions,
  folder: string,
  way: 'registry' | 'mirror',
  labels: Record<string, string>,
): Promise<void> {
  const debian = { DEBIAN_IMAGE: imageName('debian-genuine', options.version) };
  await (way === 'mirror'
    ? buildHost(options, folder, 'genuine', 'Dockerfile.mirror', debian, labels)
    : buildHost(options, folder, 'genuine', 'Dockerfile', {}, labels));
}

/** An image on the base: its Dockerfile is all that it needs. */
async function buildHost(
  options: BuildOptions,
  folder: string,
  image: ImageHost | OptionalImage,
  dockerfile: string,
  more: Record<string, string>,
  labels: Record<string, string>,
): Promise<void> {
  const context = await beginImage(options, folder, image, dockerfile);
  const buildargs = { BASE_IMAGE: imageName('base', options.version), ...more };
  await build(options, pack(context), imageName(image, options.version), { buildargs, labels });
}

/** A folder with the image's Dockerfile in it. */
async function beginImage(
  { version, progress }: BuildOptions,
  folder: string,
  image: ImageHost | OptionalImage | 'base',
  dockerfile: string,
): Promise<string> {
  progress(`image ${imageName(image, version)}`);
  const context = path.join(folder, image);
  await mkdir(context);
  await copyFile(path.join(projectFolder, 'containers', image, dockerfile), path.join(context, 'Dockerfile'));
  return context;
}

/** A build context as a tar stream: the folder's files; of the project what goes into `gatehouse/`, and the bundled programs into `gatehouse/bundle/`. */
function pack(context: string, project?: { entries: readonly string[]; bundle: string }): tar.Pack {
  const map = (header: tar.Headers): tar.Headers => ({ ...header, uid: 0, gid: 0, mtime: epoch });
  if (project === undefined) return tar.pack(context, { map } as tar.PackOptions);
  const below = (folder: string) => (header: tar.Headers) => map({ ...header, name: `${folder}/${header.name}` });
  const packContext = (packing: tar.Pack): unknown => tar.pack(context, { map, pack: packing } as tar.PackOptions);
  const packBundle = (packing: tar.Pack): unknown =>
    tar.pack(project.bundle, {
      map: below('gatehouse/bundle'),
      pack: packing,
      finalize: false,
      finish: packContext,
    } as tar.PackOptions);
  return tar.pack(projectFolder, {
    entries: [...project.entries],
    dereference: false,
    ignore: (name: string) => isLeftOut(path.relative(projectFolder, name)),
    map: below('gatehouse'),
    finalize: false,
    finish: packBundle,
  } as tar.PackOptions);
}

async function build(
  { docker, progress }: BuildOptions,
  context: tar.Pack,
  name: string,
  extra: { buildargs: Record<string, string>; labels: Record<string, string> },
): Promise<void> {
  const stream = await docker.buildImage(
    context as unknown as NodeJS.ReadableStream,
    { t: name, forcerm: true, ...extra } as Docker.ImageBuildOptions,
  );
  await followToEnd(docker, stream, (line) => /^Step /.test(line) && progress(`  ${line.trim()}`));
}

/** Follows the engine's messages to their end. @throws Error with the first one that is an error */
export function followToEnd(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  seen: (line: string) => unknown,
): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null, output: { error?: string }[]) => {
        const failed = output?.find((each) => each.error !== undefined)?.error;
        if (error) reject(error);
        else if (failed !== undefined) reject(new Error(failed));
        else resolve();
      },
      (event: { stream?: string }) => seen(event.stream ?? ''),
    );
  });
}

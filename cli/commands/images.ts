/**
 * images - `gatehouse images build|save|load|sbom`: the containers' images, made here or brought along in one archive.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Option, type Command } from 'commander';
import { buildImages, followToEnd } from '../../containers/base/build-images.ts';
import { imageHosts, imageName, optionalImages, type OptionalImage } from '../../containers/base/image-names.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { lookAtImage } from '../../range/docker/image-state.ts';
import { projectVersion } from '../project-version.ts';
import { loadTexts } from '../texts.ts';

interface BuildOptions {
  readonly from: 'auto' | 'registry' | 'mirror';
  readonly with?: readonly OptionalImage[];
}

export function registerImages(program: Command): void {
  const images = program.command('images').description("the containers' images (Docker engine)");
  images
    .command('build')
    .description("build them: on a registry's base if one answers, else on a Debian from the package mirror")
    .addOption(
      new Option('--from <way>', 'where the base comes from').choices(['auto', 'registry', 'mirror']).default('auto'),
    )
    .addOption(
      new Option('--with <image...>', 'also make an image that a workshop can do without').choices(optionalImages),
    )
    .action(build);
  images.command('save <file>').description('write all of them into one archive (.tar.gz)').action(save);
  images.command('load <file>').description('read them from such an archive').action(load);
  images
    .command('sbom [image]')
    .description("an image's bill of materials (CycloneDX JSON)")
    .action((name?: string) => sbom(name ?? 'gateway'));
}

async function build({ from, with: extra = [] }: BuildOptions): Promise<void> {
  const docker = await connectDocker();
  const version = await projectVersion();
  const way = await buildImages({
    docker,
    version,
    from,
    extra,
    progress: (text) => process.stderr.write(`  ${text}\n`),
  });
  process.stdout.write(
    `${loadTexts()(way === 'registry' ? 'images.from-registry' : 'images.from-mirror', { version })}\n`,
  );
}

async function save(file: string): Promise<void> {
  const docker = await connectDocker();
  const version = await projectVersion();
  const names = imageHosts.map((host) => imageName(host, version));
  for (const extra of optionalImages) {
    const name = imageName(extra, version);
    if ((await lookAtImage(docker, name, {})).kind !== 'missing') names.push(name);
  }
  const archive = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    docker.modem.dial(
      {
        path: '/images/get?',
        options: { names },
        method: 'GET',
        isStream: true,
        statusCodes: { 200: true, 404: 'there is no such image; cure: gatehouse images build', 500: 'server error' },
      },
      (error: Error | null, data: unknown) => (error ? reject(error) : resolve(data as NodeJS.ReadableStream)),
    );
  });
  // An archive that is there already is worth more than half of a new one; a pipe or a device cannot be replaced.
  const found = await stat(file).catch(() => undefined);
  const half = found === undefined || found.isFile() ? `${file}.half` : file;
  try {
    await pipeline(archive, createGzip({ level: 1 }), createWriteStream(half));
    if (half !== file) await rename(half, file);
  } catch (error) {
    if (half !== file) await rm(half, { force: true });
    throw new Error(
      `${file}: ${error instanceof Error ? error.message : String(error)}; cure: name a file where you may write and where there is room`,
      { cause: error },
    );
  }
  process.stdout.write(`${loadTexts()('images.saved', { file })}\n`);
}

async function load(file: string): Promise<void> {
  const docker = await connectDocker();
  const archive = createGunzip();
  const read = pipeline(createReadStream(file), archive);
  const loaded = docker.loadImage(archive).then((stream) => followToEnd(docker, stream, () => undefined));
  // A file that is missing, or no archive, ends the engine's reading too: the first error is the one to tell.
  for (const ended of await Promise.allSettled([read, loaded]))
    if (ended.status === 'rejected') throw noArchive(file, ended.reason instanceof Error ? ended.reason.message : '');
  const version = await projectVersion();
  for (const name of imageHosts.map((host) => imageName(host, version)))
    if ((await lookAtImage(docker, name, {})).kind === 'missing') throw noArchive(file, `there is no ${name} in it`);
  process.stdout.write(`${loadTexts()('images.loaded', { file })}\n`);
}

function noArchive(file: string, what: string): Error {
  return new Error(`${file}: ${what}; cure: name an archive that "gatehouse images save" wrote`);
}

/** The bill lies in the image. */
async function sbom(name: string): Promise<void> {
  const all = [...imageHosts, ...optionalImages];
  const host = all.find((each) => each === name);
  if (host === undefined) throw new Error(`there is no image "${name}"; there are ${all.join(', ')}`);
  const docker = await connectDocker();
  const [{ StatusCode }] = (await docker.run(
    imageName(host, await projectVersion()),
    [],
    [process.stdout, process.stderr],
    {
      Entrypoint: ['cat', '/usr/share/gatehouse/bill-of-materials.json'],
      HostConfig: { NetworkMode: 'none', AutoRemove: true },
    },
  )) as [{ StatusCode: number }];
  process.exitCode = StatusCode;
}

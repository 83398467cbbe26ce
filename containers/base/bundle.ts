/**
 * bundle - the programs of an image, each with all that it imports in a few files: a host then starts in a fraction of the time, and takes half the memory.
 *
 * A program `mta/tools/postqueue.ts` becomes `bundle/mta/tools/postqueue.mjs`. The sources stay in the image beside it: files that a module looks for next to itself are found there, so its
 * own place is written into the bundle. A host gets files of its own, so that all it needs at its start lies in one, `main.cjs` (start.cjs runs it); tools share theirs.
 *
 * Limits: the judge is left as it is, since it loads labs by their folders.
 */
import { globSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'rolldown';
import { projectFolder } from './image-content.ts';

/** Where the project lies in an image. */
export const imageHome = '/opt/gatehouse';

/** The programs that an image runs, as paths below the project's folder. */
export function bundledPrograms(): string[] {
  return globSync(['containers/*/main.ts', 'cli/classroom/main.ts', 'containers/*/tools/*.ts', 'mta/tools/*.ts'], {
    cwd: projectFolder,
  })
    .filter((file) => !file.endsWith('.test.ts') && file !== 'containers/base/main.ts')
    .sort();
}

/** Where a program's bundle lies, below the folder of bundles. */
export function bundleOf(program: string): string {
  return program.replace(/\.ts$/, isHost(program) ? '.cjs' : '.mjs');
}

function isHost(program: string): boolean {
  return program.endsWith('/main.ts');
}

/** Writes the bundles below `folder`, for a project that lies in `home`. @throws Error with the bundler's words */
export async function bundlePrograms(folder: string, home: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const programs = bundledPrograms();
  const hosts = programs.filter(isHost);
  for (const host of hosts) await bundle([host], path.basename(path.dirname(host)), folder, home);
  await bundle(
    programs.filter((file) => !isHost(file)),
    'tools',
    folder,
    home,
  );
}

/** What the programs share, or load late, lies in the folder `shared/NAME`. */
async function bundle(programs: readonly string[], name: string, folder: string, home: string): Promise<void> {
  const { rolldown } = await import('rolldown'); // only a build needs it, and it takes long to load
  const extension = path.extname(bundleOf(programs[0] ?? ''));
  const build = await rolldown({
    cwd: projectFolder,
    input: Object.fromEntries(programs.map((file) => [file.replace(/\.ts$/, ''), file])),
    platform: 'node',
    // Only a command on the engine's machine asks the engine; it has parts that are no JavaScript.
    external: ['dockerode'],
    plugins: [ownPlaces(home)],
    // What it would put in the place of other facts about a module is wrong.
    onLog: (_level, { code, message }) => {
      if (code === 'EMPTY_IMPORT_META') throw new Error(message);
    },
  });
  await build.write({
    dir: folder,
    format: extension === '.cjs' ? 'cjs' : 'esm',
    entryFileNames: `[name]${extension}`,
    chunkFileNames: `shared/${name}/[name]-[hash]${extension}`,
  });
  await build.close();
}

/** Writes each module's place in the image into it, where it asks for it. */
function ownPlaces(home: string): Plugin {
  return {
    name: 'own-places',
    transform(code, id) {
      if (!/import\.meta\.(dirname|filename|url)|\b__(dir|file)name\b/.test(code)) return null;
      const file = path.posix.join(home, path.relative(projectFolder, id).split(path.sep).join('/'));
      const [dirname, filename, url] = [path.posix.dirname(file), file, `file://${file}`].map((each) =>
        JSON.stringify(each),
      );
      return code
        .replace(/\bimport\.meta\.dirname\b/g, dirname ?? '')
        .replace(/\bimport\.meta\.filename\b/g, filename ?? '')
        .replace(/\bimport\.meta\.url\b/g, url ?? '')
        .replace(/(?<![.\w'"`$])__dirname\b(?!\s*=)/g, dirname ?? '')
        .replace(/(?<![.\w'"`$])__filename\b(?!\s*=)/g, filename ?? '');
    },
  };
}

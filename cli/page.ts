/**
 * page - the classroom of a running workshop: started with it, its address kept in `WORKSPACE/run/page.json` for `gatehouse status`.
 *
 * A page that cannot be opened does not stop a workshop: the reason is told and mail goes on.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '#util/atomic-file.ts';
import type { ClassroomDeps, OpenContent } from '../containers/classroom/classroom.ts';
import type { Workspace } from '../range/workspace.ts';

export interface OpenPage extends AsyncDisposable {
  /** Undefined when there is no page. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

const pageSchema = z.object({ url: z.string() });

/** @param tell told of a page that could not be opened or made @param where this machine alone unless told otherwise */
export async function openPage(
  workspace: Workspace,
  open: OpenContent,
  tell: (line: string) => void,
  where: Pick<ClassroomDeps, 'address' | 'names'> = {},
): Promise<OpenPage> {
  const file = pageFile(workspace);
  await rm(file, { force: true });
  try {
    const { createClassroom } = await import('../containers/classroom/classroom.ts');
    const started = await createClassroom(open, { ...where, log: tell }).start();
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileAtomic(file, `${JSON.stringify({ url: started.url })}\n`);
    const stop = async (): Promise<void> => {
      await started.stop();
      await rm(file, { force: true });
    };
    return { url: started.url, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    const nothing = (): Promise<void> => Promise.resolve();
    return { url: undefined, stop: nothing, [Symbol.asyncDispose]: nothing };
  }
}

/** Where the pages of the workshop that runs there are; undefined when there are none. */
export async function readPageUrl(workspace: Workspace): Promise<string | undefined> {
  const text = await readFile(pageFile(workspace), 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : pageSchema.parse(JSON.parse(text)).url;
  } catch {
    return undefined;
  }
}

function pageFile({ folder }: Workspace): string {
  return path.join(folder, 'run', 'page.json');
}

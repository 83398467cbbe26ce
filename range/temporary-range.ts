/**
 * temporary-range - a workshop that lives only as long as a test or an exam: own folder, own ports, gone when disposed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { attachRange } from './attach.ts';
import { startEmbedded } from './embedded.ts';
import type { Range } from './range.ts';
import { openWorkspace, saveWorkshop, type Workspace } from './workspace.ts';

export interface TemporaryRange extends AsyncDisposable {
  readonly range: Range & { readonly workspace: Workspace };
}

/** Starts a workshop of student seats on the embedded engine. @throws Error with the cure when no address can be bound. */
export async function startTemporaryRange({ seats, clock }: { seats: number; clock: Clock }): Promise<TemporaryRange> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-'));
  const workspace = openWorkspace(folder);
  const engine = await startEmbedded({
    workspace,
    workshop: await saveWorkshop(
      workspace,
      Array.from({ length: seats }, () => ({ person: '', kind: 'student' as const })),
    ),
    clock,
    pid: globalThis.process.pid,
    progress: () => undefined,
  });
  return {
    range: await attachRange(folder, clock),
    async [Symbol.asyncDispose]() {
      await engine.stop();
      // An exam that was broken off may lay files still.
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

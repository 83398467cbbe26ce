/**
 * other-engine - one engine a workspace: two on the same files would deliver the same mail twice.
 */
import { callControl } from '#util/control.ts';
import { readState, wasOnDocker, type Workspace } from '../range/workspace.ts';
import type { Engine } from './engine-option.ts';
import type { Say } from './texts.ts';

/** @throws Error with the cure when the workspace runs on the other engine than the wanted one */
export async function refuseOtherEngine(workspace: Workspace, wanted: Engine, say: Say): Promise<void> {
  const runs = wanted === 'docker' ? await runsEmbedded(workspace) : await runsOnDocker(workspace);
  if (runs) throw new Error(say(wanted === 'docker' ? 'up.embedded' : 'up.docker', { workspace: workspace.folder }));
}

async function runsEmbedded({ controlFile }: Workspace): Promise<boolean> {
  return (await callControl(controlFile, 'status')).kind === 'answer';
}

/** Asked only when the workspace was on Docker last, or once and nothing tells any more: most people have no engine. One that does not answer runs nothing. */
async function runsOnDocker(workspace: Workspace): Promise<boolean> {
  const state = await readState(workspace).catch(() => undefined);
  if (state ? state.engine !== 'docker' : !(await wasOnDocker(workspace))) return false;
  const { runningContainers } = await import('../range/docker/whose.ts'); // takes long to load
  return (await runningContainers(workspace)) > 0;
}

/** Is there no word of a workshop in the workspace, or of a moved one no workspace, while an engine has it still? */
export async function isForgotten(workspace: Workspace): Promise<boolean> {
  const state = await readState(workspace).catch(() => undefined);
  if (state !== undefined || (await runsEmbedded(workspace))) return false;
  const { isOnEngine } = await import('../range/docker/whose.ts'); // takes long to load
  return isOnEngine(workspace);
}

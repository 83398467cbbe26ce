/**
 * compose-text - docker-compose.yml for a workspace: of its own seats, or of so many. The file committed with the project is that of two seats.
 */
import path from 'node:path';
import { imageName } from '../containers/base/image-names.ts';
import { composeFile } from '../range/docker/compose/compose-file.ts';
import { loadWorkshop, openWorkspace } from '../range/workspace.ts';
import { createWorld } from '../range/world.ts';
import { projectVersion } from './project-version.ts';
import { loadTexts } from './texts.ts';

export interface ComposeOptions {
  /** As it is to stand in the file: relative to the file, or absolute. */
  readonly workspace: string;
  readonly seats?: number;
}

const seatsUnlessTold = 2;

/** @throws Error with the cure for fewer than two seats */
export async function composeText({ workspace: folder, seats }: ComposeOptions): Promise<string> {
  const say = loadTexts();
  const workspace = openWorkspace(folder);
  const count = seats ?? (await loadWorkshop(workspace))?.seats.length ?? seatsUnlessTold;
  if (count < 2) throw new Error(say('compose.alone'));
  const version = await projectVersion();
  // Names and addresses only: passwords come from the seed that the workspace keeps.
  const world = createWorld({ seats: Array.from({ length: count }, () => ({})), seed: '' });
  return composeFile({
    world,
    workspace,
    shownAs: path.isAbsolute(folder) ? workspace.folder : `./${path.join(folder, '.')}`,
    imageOf: (role) => imageName(role, version),
    head: say('compose.head', { command: commandOf(folder, count) }),
  });
}

function commandOf(folder: string, seats: number): string {
  return `gatehouse compose --seats ${seats}${folder === 'workshop' ? '' : ` --workspace ${folder}`}`;
}

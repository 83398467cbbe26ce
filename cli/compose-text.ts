/**
 * compose-text - docker-compose.yml for a workspace: of its own seats, or of so many. The file committed with the project is that of two seats.
 */
import path from 'node:path';
import { imageName } from '../containers/base/image-names.ts';
import { composeFile } from '../range/docker/compose/compose-file.ts';
import { mailHosts } from '../range/host-kinds.ts';
import { openWorkspace } from '../range/workspace.ts';
import { createWorld, type World } from '../range/world.ts';
import type { KindWishes } from './genuine-option.ts';
import { plannedSeats } from './plan-seats.ts';
import { projectVersion } from './project-version.ts';
import { loadTexts } from './texts.ts';

export interface ComposeOptions extends KindWishes {
  /** As it is to stand in the file: relative to the file, or absolute. */
  readonly workspace: string;
  readonly seats?: number;
}

/** The scanners' container is always in it, in a profile. @throws Error with the cure for fewer than two seats, or a seat that is not there */
export async function composeText(options: ComposeOptions): Promise<string> {
  const say = loadTexts();
  const { workspace: folder } = options;
  const workspace = openWorkspace(folder);
  if (options.seats === 1) throw new Error(say('compose.alone'));
  const seats = await plannedSeats(workspace, options);
  const version = await projectVersion();
  // Names and addresses only: passwords come from the seed that the workspace keeps.
  const world = createWorld({ seats, scanners: true, seed: '' });
  return composeFile({
    world,
    workspace,
    shownAs: path.isAbsolute(folder) ? workspace.folder : `./${path.join(folder, '.')}`,
    imageOf: (image) => imageName(image, version),
    head: say('compose.head', { command: commandOf(folder, world) }),
  });
}

function commandOf(folder: string, { seats }: World): string {
  const genuine = mailHosts.flatMap((host) => {
    const ids = seats.filter((seat) => seat.genuine.includes(host)).map(({ id }) => id);
    return ids.length === 0 ? [] : [` --${host} genuine ${ids.join(' ')}`];
  });
  const place = folder === 'workshop' ? '' : ` --workspace ${folder}`;
  return `gatehouse compose --seats ${seats.length}${genuine.join('')}${place}`;
}

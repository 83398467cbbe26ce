/**
 * prepare-service - the container that lays the workshop's folders before any host starts, and ends: with docker compose alone nobody else does (cli/prepare/main.ts).
 *
 * It sees the whole workspace, the seed of all passwords included, so it has no network, and no host shares its mounts. The project's folder tells it whose the files shall be.
 */
import type { ContainerCreateOptions } from 'dockerode';
import type { Workspace } from '../../workspace.ts';
import type { World } from '../../world.ts';
import { roleLabel, workshopLabel } from '../container-plan.ts';

const megabyte = 1024 * 1024;

export function planPrepare(world: World, workspace: Workspace, image: string): ContainerCreateOptions {
  return {
    name: 'gatehouse-prepare',
    Image: image,
    Entrypoint: ['node', '--disable-warning=ExperimentalWarning', '/opt/gatehouse/cli/prepare/main.ts'],
    Env: [`GATEHOUSE_SEATS=${world.seats.length}`, `GATEHOUSE_GENUINE=${genuineHosts(world).join(' ')}`],
    Labels: { [workshopLabel]: workspace.folder, [roleLabel]: 'prepare' },
    HostConfig: {
      Mounts: [
        { Type: 'bind', Source: workspace.folder, Target: '/srv/workshop' },
        { Type: 'bind', Source: '.', Target: '/srv/project', ReadOnly: true },
      ],
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      // It makes files for others, in folders that may be theirs already.
      CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 384 * megabyte,
      MemorySwap: 384 * megabyte,
      PidsLimit: 100,
      RestartPolicy: { Name: 'no' },
      NetworkMode: 'none',
    },
  };
}

/** `pc2-gateway`: the hosts that are made of genuine programs. */
function genuineHosts({ seats }: World): string[] {
  return seats.flatMap(({ id, genuine }) => genuine.map((host) => `${id}-${host}`));
}

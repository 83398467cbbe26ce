/**
 * ready - waits until a container's host has started its services: its init answers for them in /run, which is empty at every start.
 */
import type Docker from 'dockerode';
import type { Clock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import type { ContainerRole } from './container-plan.ts';
import { runCommand } from './exec.ts';

const readyMs = 60_000;
/** One command that waits inside costs less than many that look; it ends when its container does. */
const insideSeconds = 5;

/** @throws DeadlineError naming the container */
export async function waitUntilReady(docker: Docker, clock: Clock, name: string, role: ContainerRole): Promise<void> {
  // The lab's own hosts have no init. The name server is there when it runs, the classroom says so.
  const isThere = `test -e ${role === 'classroom' ? '/run/ready' : '/run/init.ctl'}`;
  const wait = `for _ in $(seq ${insideSeconds * 20}); do ${isThere} && exit; sleep 0.05; done; ${isThere}`;
  const command = role === 'dns' ? ['true'] : ['sh', '-c', wait];
  await waitFor(
    name,
    async () => {
      const { exitCode } = await runCommand(docker, clock, { container: name, command, env: {}, folder: '/' });
      return exitCode === 0 ? { kind: 'there', value: name } : { kind: 'not-yet', seen: 'its services are starting' };
    },
    { clock, timeoutMs: readyMs, everyMs: 100 },
  );
}

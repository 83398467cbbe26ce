/**
 * service - service(8): `service NAME start|stop|restart|reload|status`, and `service --status-all [--json]`, on a host that has an init of ours.
 */
import { callControl, type ControlResult } from '#util/control.ts';
import type { ServiceStatus } from '#util/host.ts';
import { callInit, findSurroundings, print, runTool, ToolError } from './tool.ts';

await runTool('service', async ([name, action]) => {
  if (name === '--status-all') return statusOfAll(action === '--json');
  if (name === undefined || action === undefined)
    throw new ToolError('usage: service NAME start|stop|restart|reload|status');
  const result = await callInit(findSurroundings(undefined), name, action);
  return answered(result).exitCode;
});

/** One line a service, `[ + ]` for a running one; or all that the host says of itself as JSON. */
async function statusOfAll(asJson: boolean): Promise<number> {
  const { output } = answered(
    await callControl(findSurroundings(undefined).root.resolve('/run/init.ctl'), 'status'),
    asJson,
  );
  if (asJson) return 0;
  const { services } = JSON.parse(output) as { services: ServiceStatus[] };
  for (const { name, state, reason } of services)
    print(` [ ${state === 'running' ? '+' : '-'} ]  ${name}${reason === '' ? '' : `  ${reason}`}\n`);
  return 0;
}

function answered(result: ControlResult, isShown = true): { exitCode: number; output: string } {
  if (result.kind === 'nobody') throw new ToolError('this host is not running');
  if (isShown) print(result.answer.output);
  return result.answer;
}

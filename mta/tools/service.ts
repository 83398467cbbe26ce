/**
 * service - service(8): `service NAME start|stop|restart|reload|status` on a host that has an init of ours.
 */
import { callInit, findSurroundings, print, runTool, ToolError } from './tool.ts';

await runTool('service', async ([name, action]) => {
  if (name === undefined || action === undefined)
    throw new ToolError('usage: service NAME start|stop|restart|reload|status');
  const result = await callInit(findSurroundings(undefined), name, action);
  if (result.kind === 'nobody') throw new ToolError('this host is not running');
  print(result.answer.output);
  return result.answer.exitCode;
});

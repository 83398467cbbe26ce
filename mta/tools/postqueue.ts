/**
 * postqueue - postqueue(1) and mailq(1): lists the queue (-p, -j), tries deferred mail now (-f, -i ID, -s SITE).
 */
import type { PostfixConfig } from '../config/config.ts';
import { readOptions, type Options } from './options.ts';
import { listQueue, queueAsJson } from './queue-listing.ts';
import {
  callMaster,
  findSurroundings,
  loadConfig,
  openToolQueue,
  print,
  runTool,
  ToolError,
  warn,
  type Surroundings,
} from './tool.ts';

const tool = 'postqueue';
const usage = 'postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site';
/** EX_UNAVAILABLE of sysexits(3). */
const fatalStatus = 69;

await runTool(
  tool,
  async (args) => {
    const { flags } = readOptions(args, { tool, letters: 'c:fi:jps:v', usage });
    const modes = ['f', 'i', 'j', 'p', 's'].filter((letter) => flags.has(letter));
    if (modes.length !== 1) throw new ToolError(`usage: ${usage}`);
    const surroundings = findSurroundings(flags.get('c')?.[0]);
    const config = await loadConfig(surroundings);
    return flags.has('p') || flags.has('j')
      ? list(surroundings, config, flags.has('j'))
      : flush(surroundings, config, flags);
  },
  fatalStatus,
);

async function list(surroundings: Surroundings, config: PostfixConfig, asJson: boolean): Promise<number> {
  if ((await callMaster(surroundings, config, 'status')).kind === 'nobody')
    warn(tool, {
      text: 'Mail system is down -- accessing queue directly (Connect to the Postfix showq service: No such file or directory)',
    });
  const entries = await (
    await openToolQueue(surroundings, config)
  ).list(['maildrop', 'incoming', 'active', 'deferred', 'hold']);
  print(asJson ? queueAsJson(entries) : listQueue(entries, config.bool('enable_long_queue_ids')));
  return 0;
}

async function flush(surroundings: Surroundings, config: PostfixConfig, flags: Options['flags']): Promise<number> {
  const site = flags.get('s')?.[0];
  const queueId = flags.get('i')?.[0];
  if (site !== undefined && (await config.matches('fast_flush_domains', site)).kind !== 'match')
    throw new ToolError(`Flush service is not configured for destination "${site}"`);
  const [command = '', ...args] =
    site !== undefined ? ['flush-site', site] : queueId !== undefined ? ['flush-id', queueId] : ['flush'];
  const result = await callMaster(surroundings, config, command, ...args);
  if (result.kind === 'answer') return result.answer.exitCode;
  warn(tool, {
    text: flags.has('f')
      ? 'unable to look up public/qmgr: No such file or directory'
      : 'connect to public/flush: No such file or directory',
  });
  throw new ToolError('Cannot flush mail queue - mail system is down');
}

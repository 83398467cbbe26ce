/**
 * postqueue - postqueue(1) and mailq(1): lists the queue (-p, -j), tries deferred mail now (-f, -i ID); -s SITE is refused, as where no flush service is set up.
 */
import type { PostfixConfig } from '../config/config.ts';
import type { QueueEntry } from '../queue/queue.ts';
import {
  callMaster,
  findSurroundings,
  loadConfig,
  openToolQueue,
  print,
  readFlags,
  runTool,
  ToolError,
} from './tool.ts';

await runTool('postqueue', async (args) => {
  const { flags } = readFlags(args, 'cis');
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const config = await loadConfig(surroundings);
  const site = flags.get('s')?.[0];
  if (site !== undefined) throw new ToolError(`Flush service is not configured for destination "${site}"`);
  if (flags.has('f') || flags.has('i')) {
    const result = await callMaster(surroundings, config, 'flush');
    if (result.kind === 'nobody') throw new ToolError('Queue flush command not accepted: the mail system is down');
    return 0;
  }
  const entries = await (
    await openToolQueue(surroundings, config)
  ).list(['maildrop', 'incoming', 'active', 'deferred', 'hold']);
  print(flags.has('j') ? entries.map(toJson).join('') : listing(config, entries));
  return 0;
});

function toJson(entry: QueueEntry): string {
  return `${JSON.stringify({
    queue_name: entry.queueName,
    queue_id: entry.queueId,
    arrival_time: Math.floor(entry.arrivalMs / 1000),
    message_size: entry.sizeBytes,
    forced_expire: entry.forcedExpire,
    sender: entry.reversePath === '' ? 'MAILER-DAEMON' : entry.reversePath,
    recipients: entry.recipients
      .filter(({ state }) => state.kind !== 'done')
      .map(({ address, state }) => ({ address, ...(state.kind === 'deferred' ? { delay_reason: state.reason } : {}) })),
  })}\n`;
}

/** The table that mailq prints. */
function listing(config: PostfixConfig, entries: readonly QueueEntry[]): string {
  if (entries.length === 0) return 'Mail queue is empty\n';
  const isLong = config.bool('enable_long_queue_ids');
  const head = isLong
    ? '----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------'
    : '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------';
  const kilobytes = Math.ceil(entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) / 1024);
  return `${head}\n${entries.map((entry) => describe(entry, isLong)).join('\n')}\n-- ${kilobytes} Kbytes in ${entries.length} Request${entries.length === 1 ? '' : 's'}.\n`;
}

function describe(entry: QueueEntry, isLong: boolean): string {
  const mark = entry.queueName === 'active' ? '*' : entry.queueName === 'hold' ? '!' : '';
  const [weekday = '', day = '', month = '', , time = ''] = new Date(entry.arrivalMs)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  const arrived = `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time}`;
  const row = `${`${entry.queueId}${mark}`.padEnd(isLong ? 17 : 11)} ${String(entry.sizeBytes).padStart(isLong ? 8 : 7)} ${arrived.padStart(isLong ? 19 : 20)} ${entry.reversePath === '' ? 'MAILER-DAEMON' : entry.reversePath}`;
  const lines = entry.recipients.flatMap(({ address, state }) => {
    if (state.kind === 'done') return [];
    return [...(state.kind === 'deferred' ? [`(${state.reason})`.padStart(77)] : []), `${' '.repeat(41)}${address}`];
  });
  return `${[row, ...lines].join('\n')}\n`;
}

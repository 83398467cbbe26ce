/**
 * queue-listing - the queue as mailq and `postqueue -p` show it, and as JSON lines (postqueue(1), showq(8)).
 */
import type { QueueEntry } from '../queue/queue.ts';

const shown = { short: { id: 11, size: 7, time: 20, indent: 41 }, long: { id: 17, size: 8, time: 19, indent: 47 } };
/** A reason ends here when it is short enough. */
const reasonWidth = 78;

/** The table that mailq prints. */
export function listQueue(entries: readonly QueueEntry[], hasLongIds: boolean): string {
  if (entries.length === 0) return 'Mail queue is empty\n';
  const head = hasLongIds
    ? '----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------'
    : '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------';
  const kilobytes = Math.floor(entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) / 1024);
  const requests = `${entries.length} Request${entries.length === 1 ? '' : 's'}`;
  return `${head}\n${entries.map((entry) => describe(entry, hasLongIds)).join('')}-- ${kilobytes} Kbytes in ${requests}.\n`;
}

function describe(entry: QueueEntry, hasLongIds: boolean): string {
  const width = hasLongIds ? shown.long : shown.short;
  const [weekday = '', day = '', month = '', , time = ''] = new Date(entry.arrivalMs)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  const arrived = `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time}`;
  const row = [
    `${entry.queueId}${markOf(entry)}`.padEnd(width.id),
    String(entry.sizeBytes).padStart(width.size),
    arrived.padEnd(width.time),
    senderOf(entry),
  ].join(' ');
  let lastReason = '';
  const lines = entry.recipients.flatMap(({ address, state }) => {
    if (state.kind === 'done') return [];
    const reason = state.kind === 'deferred' ? state.reason : '';
    const isNew = reason !== '' && reason !== lastReason;
    lastReason = reason;
    return [...(isNew ? [`(${reason})`.padStart(reasonWidth)] : []), `${' '.repeat(width.indent)}${address}`];
  });
  return `${[row, ...lines].join('\n')}\n\n`;
}

function markOf({ queueName, forcedExpire }: QueueEntry): string {
  const mark = queueName === 'active' ? '*' : queueName === 'hold' ? '!' : '';
  return forcedExpire ? `${mark}#` : mark;
}

function senderOf({ reversePath }: QueueEntry): string {
  return reversePath === '' ? 'MAILER-DAEMON' : reversePath;
}

/** One JSON object a line, spaced as Postfix spaces it. */
export function queueAsJson(entries: readonly QueueEntry[]): string {
  return entries.map((entry) => `${spaced(toPlain(entry))}\n`).join('');
}

function toPlain(entry: QueueEntry): object {
  return {
    queue_name: entry.queueName,
    queue_id: entry.queueId,
    arrival_time: Math.floor(entry.arrivalMs / 1000),
    message_size: entry.sizeBytes,
    forced_expire: entry.forcedExpire,
    sender: senderOf(entry),
    recipients: entry.recipients
      .filter(({ state }) => state.kind !== 'done')
      .map(({ address, state }) => ({ address, ...(state.kind === 'deferred' ? { delay_reason: state.reason } : {}) })),
  };
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, each]) => `"${name}": ${spaced(each)}`)
    .join(', ')}}`;
}

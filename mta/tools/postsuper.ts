/**
 * postsuper - postsuper(1): deletes (-d), holds (-h), releases (-H), requeues (-r) and expires (-e, -f) messages by id, or ALL of them.
 *
 * Queue names behind the options restrict ALL and ids to these queues. -p, -s and -S find nothing to do: the queue mends itself at start.
 *
 * Limits: a requeued message keeps its queue id.
 */
import { createInterface } from 'node:readline';
import { isQueueId } from '../queue/queue-id.ts';
import type { Queue, QueueEntry, QueueName } from '../queue/queue.ts';
import { readOptions } from './options.ts';
import { callMaster, findSurroundings, loadConfig, openToolQueue, runTool, ToolError, warn } from './tool.ts';

const tool = 'postsuper';
const usage =
  'postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] [-H queue_id (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)] [-S (redundant structure fix)][-v (verbose)] [queue...]';
const searched: readonly QueueName[] = ['maildrop', 'incoming', 'active', 'deferred', 'hold'];

/** Order of work: Postfix deletes first, whatever the order of the options. */
const actions = {
  d: { past: ['Deleted'], one: 'removed' },
  e: { past: ['Force-expired'], one: 'expired' },
  f: { past: ['Force-expired', 'Released from hold'], one: 'expired' },
  r: { past: ['Requeued'], one: 'requeued' },
  h: { past: ['Placed on hold'], one: 'placed on hold' },
  H: { past: ['Released from hold'], one: 'released from hold' },
} as const;
type Letter = keyof typeof actions;

await runTool(tool, async (args) => {
  const { flags, rest } = readOptions(args, { tool, letters: 'c:d:e:f:h:H:pr:sSv', usage });
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  for (const name of rest)
    if (!searched.some((each) => each === name)) throw new ToolError(`invalid directory name: ${name}`);
  const config = await loadConfig(surroundings);
  const queue = await openToolQueue(surroundings, config);
  for (const letter of Object.keys(actions) as Letter[]) {
    const given = flags.get(letter);
    if (given) await applyToAll(queue, letter, await expandIds(given), rest);
  }
  await callMaster(surroundings, config, 'kick');
  return 0;
});

async function applyToAll(
  queue: Queue,
  letter: Letter,
  ids: readonly string[],
  queues: readonly string[],
): Promise<void> {
  const wanted = new Set(ids);
  const counts = actions[letter].past.map(() => 0);
  const from = queues.length === 0 ? searched : searched.filter((each) => queues.includes(each));
  for (const entry of await queue.list(from)) {
    if (!wanted.has('ALL') && !wanted.has(entry.queueId)) continue;
    for (const [index, word] of (await apply(queue, letter, entry)).entries()) {
      if (word === undefined) continue;
      counts[index] = (counts[index] ?? 0) + 1;
      process.stderr.write(`${tool}: ${entry.queueId}: ${word}\n`);
    }
  }
  for (const [index, past] of actions[letter].past.entries())
    process.stderr.write(`${tool}: ${past}: ${counts[index] ?? 0} message${counts[index] === 1 ? '' : 's'}\n`);
}

/** `-` stands for ids on standard input. What is no id is said and left out. */
async function expandIds(given: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const id of given) {
    if (id !== '-') ids.push(id);
    else for await (const line of createInterface({ input: process.stdin })) ids.push(line.trim());
  }
  return ids.filter((id) => {
    // Only what could name a file elsewhere is worth a warning, as in Postfix.
    if (id === 'ALL' || /^[0-9A-Za-z]+$/.test(id)) return id === 'ALL' || isQueueId(id);
    if (id !== '') warn(tool, { text: `invalid mail queue id: ${id}` });
    return false;
  });
}

/** What was done, a word for each count; undefined where nothing was. */
async function apply(queue: Queue, letter: Letter, entry: QueueEntry): Promise<(string | undefined)[]> {
  const { queueId, queueName } = entry;
  const done = (was: boolean): string[] | [undefined] => (was ? [actions[letter].one] : [undefined]);
  const move = async (to: QueueName): Promise<boolean> => queueName !== to && queue.move(queueId, queueName, to);
  switch (letter) {
    case 'd':
      return done(await queue.remove(queueId));
    case 'h':
      return done(await move('hold'));
    case 'H':
      return done(queueName === 'hold' && (await move('incoming')));
    case 'r':
      return done(queueName === 'incoming' || (await move('incoming')));
    case 'e':
    case 'f': {
      if (!entry.forcedExpire) await queue.mark(queueId, new Map(), { forcedExpire: true });
      // A deferred message is due at once: the next failure ends it.
      const released = letter === 'f' && queueName === 'hold' && (await move('incoming'));
      if (queueName === 'deferred') await queue.move(queueId, 'deferred', 'deferred', { nextTryMs: 0 });
      return [entry.forcedExpire ? undefined : actions[letter].one, released ? actions.H.one : undefined];
    }
  }
}

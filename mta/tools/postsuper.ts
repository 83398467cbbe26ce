/**
 * postsuper - postsuper(1): deletes (-d), holds (-h), releases (-H) and requeues (-r) messages by id, or ALL of them.
 */
import { createInterface } from 'node:readline';
import type { Queue, QueueEntry, QueueName } from '../queue/queue.ts';
import { callMaster, findSurroundings, loadConfig, openToolQueue, readFlags, runTool, ToolError } from './tool.ts';

const moves = {
  d: { past: 'Deleted', one: 'removed' },
  h: { past: 'Placed on hold', one: 'placed on hold' },
  H: { past: 'Released from hold', one: 'released from hold' },
  r: { past: 'Requeued', one: 'requeued' },
} as const;

await runTool('postsuper', async (args) => {
  const { flags, rest } = readFlags(args, 'cdhHr');
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  const config = await loadConfig(surroundings);
  const queue = await openToolQueue(surroundings, config);
  const letters = (Object.keys(moves) as (keyof typeof moves)[]).filter((letter) => flags.has(letter));
  if (letters.length === 0) throw new ToolError('usage: postsuper -d|-h|-H|-r queue_id|ALL|-');
  for (const letter of letters) {
    const ids = (await Promise.all((flags.get(letter) ?? []).map(expandId))).flat();
    const entries = (await queue.list(['maildrop', 'incoming', 'active', 'deferred', 'hold'])).filter(
      (entry) =>
        (ids.includes('ALL') || ids.includes(entry.queueId)) && (rest.length === 0 || rest.includes(entry.queueName)),
    );
    let count = 0;
    for (const entry of entries) {
      if (!(await apply(queue, letter, entry))) continue;
      count += 1;
      process.stderr.write(`postsuper: ${entry.queueId}: ${moves[letter].one}\n`);
    }
    process.stderr.write(`postsuper: ${moves[letter].past}: ${count} message${count === 1 ? '' : 's'}\n`);
  }
  await callMaster(surroundings, config, 'kick');
  return 0;
});

/** `-` stands for ids on standard input. */
async function expandId(id: string): Promise<string[]> {
  if (id !== '-') return [id];
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) lines.push(line.trim());
  return lines;
}

function apply(queue: Queue, letter: keyof typeof moves, entry: QueueEntry): Promise<boolean> {
  const move = (to: QueueName): Promise<boolean> =>
    entry.queueName === to ? Promise.resolve(false) : queue.move(entry.queueId, entry.queueName, to);
  switch (letter) {
    case 'd':
      return queue.remove(entry.queueId);
    case 'h':
      return move('hold');
    case 'H':
      return entry.queueName === 'hold' ? move('incoming') : Promise.resolve(false);
    case 'r':
      return move('incoming');
  }
}

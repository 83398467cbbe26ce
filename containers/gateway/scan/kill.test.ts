/**
 * Killing the gateway at any instant loses nothing between hold and incoming, and lets nothing through unscanned.
 *
 * A real process, SIGKILL at seeded random points under load, one canary a message. What was accepted must end in a mailbox or in quarantine, as its kind demands; a copy too many
 * is allowed only for a message that was in a queue when the process died. GATEHOUSE_KILLS sets how often (30), GATEHOUSE_SEED repeats a run.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { TestClient } from '#mta/test-host.ts';
import { systemClock } from '#util/clock.ts';
import { pause, waitFor } from '#util/deadline.ts';
import { createFace, layGateway, startGatewayIn, startTestGateway } from '../test-gateway.ts';
import { only } from '../test-look.ts';
import { eicar, gtube, mixed } from '../test-messages.ts';

const kills = Number(process.env['GATEHOUSE_KILLS'] ?? 30);
const seed = Number(process.env['GATEHOUSE_SEED'] ?? Date.now() % 1_000_000);
const longestLifeMs = 300;
const canaryPattern = /canary-(benign|spam|virus)-\d+/;
const harness = path.join(import.meta.dirname, '../test-gateway.ts');
/** What is compiled is kept by a life that ends in order. */
const cache = path.join(import.meta.dirname, '../../../node_modules/.cache/gatehouse');

/** Small linear generator: the same numbers for the same seed. */
function createRandom(start: number): () => number {
  let state = start + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

async function startProcess(folder: string): Promise<{ child: ChildProcess; port: number }> {
  const program = `const { startGatewayIn } = await import(process.argv[1]);
    const host = await startGatewayIn(process.argv[2]);
    process.stdout.write(host.addresses()[0].socket.port + '\\n');
    process.once('SIGTERM', () => process.exit());
    setInterval(() => undefined, 1000);`;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program, harness, folder],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: cache } },
  );
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', (text: Buffer) => resolve(Number(text.toString())));
    child.once('exit', (code) => reject(new Error(`gateway ended with ${code}`)));
  });
  return { child, port };
}

const bodies = {
  benign: 'Subject: x\r\n\r\nhello',
  spam: `Subject: x\r\n\r\n${gtube}`,
  virus: `Subject: x\r\n${mixed('hello', [{ name: 'e.txt', content: eicar }])}`,
} as const;

/** Sends one message after another until the connection is lost; remembers what was accepted. */
async function sendUntilLost(port: number, accepted: Set<string>, next: () => number): Promise<void> {
  const client = await TestClient.connect(port).catch(() => undefined);
  if (!client) return;
  await client.reply();
  await client.say('EHLO client.test');
  while (!client.closed) {
    const number = next();
    const kind = (['benign', 'spam', 'virus'] as const)[number % 3] ?? 'benign';
    const canary = `canary-${kind}-${number}`;
    const replies = await client.all('MAIL FROM:<sender@far.test>', 'RCPT TO:<afnog@one.test>', 'DATA');
    if (!replies.at(-1)?.startsWith('354')) break;
    if ((await client.say(`X-Canary: ${canary}\r\n${bodies[kind]}\r\n.`)).startsWith('250')) accepted.add(canary);
  }
  client.close();
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
}

/** The first life goes on until a message has passed all stages, and ends in order: later ones find their code compiled. */
const firstDelivery = (folder: string): Promise<void> =>
  waitFor(
    'the first delivery',
    async () =>
      (await filesUnder(path.join(folder, 'home/afnog/Maildir/new'))).length > 0
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: 'nothing arrived' },
    { clock: systemClock, timeoutMs: 20_000, everyMs: 20 },
  );

const count = (map: Map<string, number>, texts: readonly string[]): Map<string, number> => {
  for (const text of texts) {
    const canary = canaryPattern.exec(text)?.[0];
    if (canary !== undefined) map.set(canary, (map.get(canary) ?? 0) + 1);
  }
  return map;
};

test('nothing is lost and nothing passes unscanned, whenever the gateway is killed', { timeout: 300_000 }, async () => {
  const random = createRandom(seed);
  const folder = await layGateway({ settings: 'Send Notices = no\nQuarantine Whole Message = yes\n' });
  const accepted = new Set<string>();
  const inFlight = new Map<string, number>();
  let number = 0;
  for (let time = 0; time <= kills; time += 1) {
    const { child, port } = await startProcess(folder);
    const senders = [1, 2].map(() => sendUntilLost(port, accepted, () => (number += 1)));
    await (time === 0 ? firstDelivery(folder) : pause(systemClock, random() * longestLifeMs));
    child.kill(time === 0 ? 'SIGTERM' : 'SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await Promise.all(senders);
    for (const queue of ['hold', 'incoming', 'active'])
      count(inFlight, await filesUnder(path.join(folder, 'var/spool/postfix', queue)));
  }
  const gateway = createFace(folder, await startGatewayIn(folder));
  await gateway.settle();
  const delivered = await filesUnder(path.join(folder, 'home/afnog/Maildir/new'));
  const copies = count(new Map<string, number>(), delivered);
  const kept = count(
    new Map<string, number>(),
    await filesUnder(path.join(folder, 'var/spool/MailScanner/quarantine')),
  );
  await gateway[Symbol.asyncDispose]();

  const say = (what: string): string => `seed ${seed}: ${what}`;
  expect(accepted.size, say('too little load to prove anything')).toBeGreaterThan(kills);
  const of = (kind: string): string[] => [...accepted].filter((canary) => canary.startsWith(`canary-${kind}`));
  // A message that was begun too often lies in quarantine, whatever it is.
  expect(
    of('benign').filter((canary) => !copies.has(canary) && !kept.has(canary)),
    say('benign mail lost'),
  ).toEqual([]);
  expect(
    of('spam').filter((canary) => !kept.has(canary)),
    say('spam neither kept'),
  ).toEqual([]);
  expect(
    of('virus').filter((canary) => !kept.has(canary)),
    say('virus not kept'),
  ).toEqual([]);
  expect(
    of('spam').filter((canary) => copies.has(canary)),
    say('spam delivered'),
  ).toEqual([]);
  expect(
    delivered.filter((text) => !/^X-lab-MailScanner: Found to be/m.test(text)),
    say('unscanned'),
  ).toEqual([]);
  expect(
    delivered.filter((text) => text.includes(Buffer.from(eicar).toString('base64').slice(0, 40))),
    say('virus delivered'),
  ).toEqual([]);
  const repeated = [...copies].filter(([canary, times]) => times > 1 + (inFlight.get(canary) ?? 0));
  expect(repeated, say('repeated without having been in flight')).toEqual([]);
  process.stdout.write(`killed ${kills} times (seed ${seed}), ${accepted.size} messages accepted, all accounted for\n`);
});

test('a quarantine that cannot be written leaves the message held; it is stored when it can be', async () => {
  await using gateway = await startTestGateway({ settings: 'Maximum Processing Attempts = 0\n' });
  const place = path.join(gateway.folder, 'var/spool/MailScanner/quarantine');
  await writeFile(place, 'a file where a folder belongs');
  const queueId = await gateway.send({ rest: mixed('x', [{ name: 'e.txt', content: eicar }]) });
  let said = '';
  await waitFor(
    'the scanner to give up and try again',
    async () => {
      said += (await gateway.newLines()).join('\n');
      const tries = said.split('stays in hold').length - 1;
      return tries > 3 ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: said.slice(-300) };
    },
    { clock: systemClock, timeoutMs: 10_000 },
  );
  expect(await readdir(path.join(gateway.folder, 'var/spool/postfix/hold'))).toEqual([queueId]);
  await rm(place);
  expect(only((await gateway.pass())['afnog'])).toContain('Found to be infected');
  expect((await gateway.quarantine()).filter((name) => name.includes(queueId))).toHaveLength(1);
});

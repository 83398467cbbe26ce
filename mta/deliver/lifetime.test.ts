/**
 * A message's life with a clock that the test moves: tried again and again, a warning, the end.
 */
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { createManualClock, systemClock, type ManualClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { startTestHost, type TestHost } from '../test-host.ts';

const minuteMs = 60_000;
const arrivalMs = Date.UTC(2026, 10, 25, 4, 0, 0);

/** Waits on the machine's clock, while the mail system's stands still. */
const until = <T>(what: string, look: () => Promise<T | undefined>): Promise<T> =>
  waitFor(
    what,
    async () => {
      const value = await look();
      return value === undefined ? { kind: 'not-yet', seen: 'nothing' } : { kind: 'there', value };
    },
    { clock: systemClock, timeoutMs: 5000 },
  );

/** `farPort`: where far.test listens; nobody does on port 1. */
async function startHost(clock: ManualClock, mainCf: string, farPort = 1): Promise<TestHost> {
  return startTestHost({
    clock,
    mainCf,
    peers: new Map([['198.18.9.9:25', farPort]]),
    names: { a: { 'far.test': '198.18.9.9' } },
  });
}

async function queueOne(host: TestHost, sender: string): Promise<string> {
  const open = await host.mta.queue.open();
  const recipients = [{ address: 'x@far.test', originalRecipient: 'x@far.test' }];
  await open.commit(
    {
      envelope: { reversePath: sender, recipients },
      origin: { kind: 'internal', rewriteContext: 'local' },
      content: Buffer.from('Subject: slow\n\ntext\n'),
    },
    'incoming',
  );
  return open.queueId;
}

const deferredUntil = (host: TestHost, queueId: string): Promise<number | undefined> =>
  host.mta.queue.list(['deferred']).then((entries) => entries.find((entry) => entry.queueId === queueId)?.nextTryMs);

/** The time of the try after `lastMs`, when the message lies in deferred again. */
const nextTry = (host: TestHost, queueId: string, lastMs: number): Promise<number> =>
  until(`a try after ${new Date(lastMs).toISOString()}`, async () => {
    const next = await deferredUntil(host, queueId);
    return next !== undefined && next > lastMs ? next : undefined;
  });

const countLines = async (host: TestHost, pattern: RegExp): Promise<number> =>
  (await host.log()).split('\n').filter((line) => pattern.test(line)).length;

describe('a host that stays down', () => {
  test('the waits double up to maximal_backoff_time, one warning goes out, then the mail comes back', async () => {
    const clock = createManualClock(arrivalMs);
    await using host = await startHost(
      clock,
      'minimal_backoff_time = 5m\nmaximal_backoff_time = 30m\nqueue_run_delay = 5m\ndelay_warning_time = 1h\nmaximal_queue_lifetime = 3h\n',
    );
    const queueId = await queueOne(host, 'afnog@one.test');
    const tries = [0];
    let next = await nextTry(host, queueId, 0);
    while (next - arrivalMs < 180 * minuteMs) {
      tries.push((next - arrivalMs) / minuteMs);
      clock.advance(next - clock.now());
      next = await nextTry(host, queueId, next);
    }
    expect(tries).toEqual([0, 5, 10, 20, 40, 70, 100, 130, 160]);
    expect(await countLines(host, /sender delay notification/)).toBe(1);
    clock.advance(next - clock.now());
    await until('the bounce', async () => ((await host.mail()).length === 2 ? true : undefined));
    const log = await host.log();
    expect(log).toContain(`${queueId}: from=<afnog@one.test>, status=expired, returned to sender`);
    expect(log).toMatch(new RegExp(`${queueId}: sender non-delivery notification: [0-9A-F]+`));
    const [warning = '', bounce = ''] = (await host.mail()).sort((first, second) =>
      first.search('Will-Retry') < second.search('Will-Retry') ? 1 : -1,
    );
    expect(warning).toContain('Subject: Delayed Mail (still being retried)');
    expect(warning).toContain('could not be delivered for more than 1 hour(s)');
    expect(warning).toContain('Action: delayed');
    expect(warning).toContain('Will-Retry-Until: Wed, 25 Nov 2026 07:00:00 +0000 (UTC)');
    expect(bounce).toContain('Subject: Undelivered Mail Returned to Sender');
    expect(bounce).toMatch(/Action: failed\nStatus: 4\.4\.1\n/);
    expect(bounce).toContain('connect to far.test[198.18.9.9]:25: Connection refused');
  });

  test('a bounce lives bounce_queue_lifetime, is never answered, and the postmaster hears of it only if asked for', async () => {
    const clock = createManualClock(arrivalMs);
    await using host = await startHost(
      clock,
      'bounce_queue_lifetime = 10m\nnotify_classes = 2bounce\n2bounce_notice_recipient = afnog@one.test\n',
    );
    const queueId = await queueOne(host, '');
    clock.advance((await nextTry(host, queueId, 0)) - clock.now());
    clock.advance((await nextTry(host, queueId, arrivalMs + 5 * minuteMs)) - clock.now());
    await until('the postmaster copy', async () => (await host.mail())[0]);
    const log = await host.log();
    expect(log).toMatch(new RegExp(`${queueId}: postmaster non-delivery notification: `));
    expect(log).not.toContain('sender non-delivery notification');
    const [copy = ''] = await host.mail();
    expect(copy).toMatch(/^Return-Path: <double-bounce@mail\.one\.test>\n/);
    expect(copy).toContain('Subject: Postmaster Copy: Undelivered Mail\nTo: afnog@one.test');
    expect(copy).toContain('Content-Description: Undelivered Message\n');
  });

  test('a notice from double-bounce that cannot be delivered is thrown away with a warning', async () => {
    const clock = createManualClock(arrivalMs);
    await using host = await startHost(clock, 'maximal_queue_lifetime = 0\n');
    const queueId = await queueOne(host, 'double-bounce@mail.one.test');
    await until('the warning', async () =>
      (await host.log()).includes(`warning: ${queueId}: undeliverable postmaster notification discarded`)
        ? true
        : undefined,
    );
    expect(await host.mail()).toEqual([]);
  });

  test('postqueue -f tries at once, and a message that postsuper expired ends with the next failure', async () => {
    const clock = createManualClock(arrivalMs);
    await using host = await startHost(clock, '');
    const queueId = await queueOne(host, 'afnog@one.test');
    const next = await nextTry(host, queueId, 0);
    clock.advance(1000);
    await host.mta.flush();
    expect(await nextTry(host, queueId, next)).toBeLessThan(next + 10_000);
    await host.mta.queue.mark(queueId, new Map(), { forcedExpire: true });
    await host.mta.flush();
    await until('the end', async () =>
      (await host.log()).includes(`${queueId}: from=<afnog@one.test>, status=force-expired, returned to sender`)
        ? true
        : undefined,
    );
  });

  test('several messages at once: after a cohort of failures the others are not even tried', async () => {
    const clock = createManualClock(arrivalMs);
    let connections = 0;
    let gate = Promise.withResolvers<void>();
    // Hangs up when all eight messages wait: a destination that nobody waits for is forgotten.
    const far = net.createServer((socket) => {
      connections += 1;
      void gate.promise.then(() => socket.destroy());
    });
    await once(far.listen(0, '127.0.0.1'), 'listening');
    const { port } = far.address() as net.AddressInfo;
    await using host = await startHost(clock, 'smtp_destination_concurrency_limit = 1\n', port);
    const ids = await Promise.all(Array.from({ length: 8 }, () => queueOne(host, 'afnog@one.test')));
    const tryAll = async (last: readonly number[], active: number): Promise<number[]> => {
      await until('all messages under way', async () =>
        (await countLines(host, /\(queue active\)/)) === active ? true : undefined,
      );
      gate.resolve();
      return Promise.all(ids.map((queueId, index) => nextTry(host, queueId, last[index] ?? 0)));
    };
    const first = await tryAll([], 8);
    const suspended =
      /dsn=4\.4\.2, status=deferred \(delivery temporarily suspended: lost connection with far\.test\[198\.18\.9\.9\] while receiving the initial server greeting\)/;
    expect([connections, await countLines(host, suspended)]).toEqual([4, 4]);
    clock.advance(1000);
    gate = Promise.withResolvers();
    await host.mta.flush(); // revives the destination
    await tryAll(first, 16);
    expect([connections, await countLines(host, suspended)]).toEqual([8, 8]);
    far.close();
  });
});

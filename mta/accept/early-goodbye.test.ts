/**
 * early-goodbye.test - clients that are gone before they are greeted: port scans, looks at an open port.
 */
import net from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { startTestHost } from '../test-host.ts';

const clients = 30;

// macOS has 127.0.0.1 only, unless somebody made aliases.
test.runIf(process.platform === 'linux').each(['reset', 'closed'] as const)(
  'a connection that is %s at once ends its session at once',
  async (how) => {
    await using host = await startTestHost({ names: { ptrMs: 50 } });
    for (let client = 0; client < clients; client += 1) {
      // The name of such a client is looked for.
      const socket = net.connect({ host: '127.0.0.1', port: host.port, localAddress: '127.0.0.2' });
      await once(socket, 'connect');
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    }
    const count = async (words: RegExp): Promise<number> => (await host.log()).match(words)?.length ?? 0;
    const ended = await waitFor(
      'the end of all sessions',
      async () => {
        const [begun, over] = [await count(/: connect from/g), await count(/: disconnect from/g)];
        return begun === clients && over === clients
          ? { kind: 'there', value: over }
          : { kind: 'not-yet', seen: `${over} of ${begun}` };
      },
      { clock: systemClock, timeoutMs: 10_000 },
    );
    expect(ended).toBe(clients);
  },
);

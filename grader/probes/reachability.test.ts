/**
 * Whose look is it, for the host that is looked at?
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createLoopbackWire } from '#util/wire.ts';
import { createWorld } from '../../range/world.ts';
import { answersOnPort } from './reachability.ts';

// macOS has 127.0.0.1 only, unless somebody made aliases.
test.runIf(process.platform === 'linux')('a host on loopback sees the classroom, not itself', async () => {
  const server = net.createServer().listen(0, '127.18.1.20');
  await once(server, 'listening');
  const seen = once(server, 'connection') as Promise<[net.Socket]>;
  const range = { wire: createLoopbackWire(0), world: createWorld({ seats: [{}], seed: 'a seed of this test' }) };
  const { port } = server.address() as AddressInfo;
  expect(await answersOnPort(range, '198.18.1.20', port)).toBe(true);
  expect((await seen)[0].remoteAddress).toBe('127.18.0.80');
  server.close();
  await once(server, 'close');
  expect(await answersOnPort(range, '198.18.1.20', port)).toBe(false);
});

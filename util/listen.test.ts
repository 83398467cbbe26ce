/**
 * Servers listen where they are told and say why they cannot: at an address by Node's inner way, at a name by its documented one, at a path.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listen } from './listen.ts';

const createServer = (): net.Server => net.createServer((socket) => socket.end('hello'));

async function greeting(where: net.NetConnectOpts): Promise<string> {
  const [text] = (await once(net.connect(where).setEncoding('utf8'), 'data')) as [string];
  return text;
}

test('this Node has the inner way', () => {
  expect((createServer() as unknown as Record<string, unknown>)['_listen2']).toBeTypeOf('function');
});

for (const host of ['127.0.0.1', 'localhost'])
  test(`at ${host}, and not where another one listens`, async () => {
    const server = createServer();
    await listen(server, { host, port: 0 });
    const { address, port } = server.address() as net.AddressInfo;
    if (host === '127.0.0.1') expect(address).toBe(host);
    expect(await greeting({ host: address, port })).toBe('hello');
    await expect(listen(createServer(), { host, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    server.close();
  });

test('not at an address of another machine', async () => {
  await expect(listen(createServer(), { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});

test('at a path, and not in a folder that is missing', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-listen-'));
  const server = createServer();
  await listen(server, path.join(folder, 's'));
  expect(await greeting({ path: path.join(folder, 's') })).toBe('hello');
  // libuv says EACCES for ENOENT.
  await expect(listen(createServer(), path.join(folder, 'none', 's'))).rejects.toMatchObject({ code: 'EACCES' });
  server.close();
  await rm(folder, { recursive: true });
});

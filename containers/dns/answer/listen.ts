/**
 * listen - the name server's sockets: UDP datagrams and TCP messages with a length before them (RFC 1035 section 4.2, RFC 7766).
 *
 * TCP connections are few, short and bounded, for each client and for all: an idle one is closed after ten seconds, a client gets one answer after another, as fast as it reads them.
 */
import { once } from 'node:events';
import dgram from 'node:dgram';
import net from 'node:net';
import { listen } from '#util/listen.ts';
import type { SocketAddress } from '#util/wire.ts';

export interface DnsSockets {
  readonly bound: SocketAddress;
  stop(): Promise<void>;
}

const idleMs = 10_000;
const mostConnections = 1000;
/** Of one client, so that none shuts the others out. */
const mostOfOne = 50;

/** Binds both sockets (port 0: the TCP port is any free one and UDP takes the same). @throws the system's error when the address is taken. */
export async function listenDns(
  at: SocketAddress,
  answer: (query: Buffer, transport: 'udp' | 'tcp') => Promise<Buffer | undefined>,
): Promise<DnsSockets> {
  const open = new Set<net.Socket>();
  const tcp = net.createServer((socket) => {
    const { remoteAddress } = socket;
    if ([...open].filter((each) => each.remoteAddress === remoteAddress).length >= mostOfOne)
      return void socket.destroy();
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    socket.setTimeout(idleMs, () => socket.destroy());
    void serveConnection(socket, answer).catch(() => socket.destroy());
  });
  tcp.maxConnections = mostConnections;
  await listen(tcp, at);
  const { port } = tcp.address() as net.AddressInfo;
  const udp = dgram.createSocket('udp4');
  udp.on('message', (query, peer) => {
    void answer(query, 'udp').then(
      (response) => response && udp.send(response, peer.port, peer.address, () => undefined),
      () => undefined,
    );
  });
  try {
    await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, at.host, resolve));
  } catch (error) {
    tcp.close();
    throw error;
  }
  udp.on('error', () => undefined);
  return {
    bound: { host: at.host, port },
    async stop() {
      for (const socket of open) socket.destroy();
      await Promise.all([
        new Promise((resolve) => tcp.close(resolve)),
        new Promise<void>((resolve) => udp.close(() => resolve())),
      ]);
    },
  };
}

async function serveConnection(
  socket: net.Socket,
  answer: (query: Buffer, transport: 'tcp') => Promise<Buffer | undefined>,
): Promise<void> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const length = pending.readUInt16BE(0);
      const response = await answer(pending.subarray(2, 2 + length), 'tcp');
      if (!response) return void socket.destroy();
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16BE(response.length);
      if (!socket.write(Buffer.concat([prefix, response]))) await once(socket, 'drain');
      pending = pending.subarray(2 + length);
    }
  }
  socket.end();
}

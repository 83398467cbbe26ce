/**
 * sink - the lab's Internet as a receiver: every actor's mail host takes whatever comes and keeps it as a file, for the grader to read.
 *
 * Nothing leaves: this is where mail for outside ends. The oldest files go when there are too many.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import type net from 'node:net';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { writeFileAtomic } from '#util/atomic-file.ts';
import { randomName } from '#util/random-name.ts';
import type { Clock } from '#util/clock.ts';
import type { Wire } from '#util/wire.ts';

/** One mail host on the lab's Internet. */
export interface SinkHost {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

export interface Sink {
  stop(): Promise<void>;
}

const mostFiles = 5000;
const largestBytes = 20_000_000;

/** Opens port 25 of every host. `folder`: machine path for the messages. @throws the system's error when an address is taken. */
export async function startSink(hosts: readonly SinkHost[], folder: string, wire: Wire, clock: Clock): Promise<Sink> {
  await mkdir(folder, { recursive: true });
  const servers = await Promise.all(hosts.map((host) => startHost(host, folder, wire, clock)));
  return {
    stop: async () =>
      void (await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(resolve))))),
  };
}

async function startHost(host: SinkHost, folder: string, wire: Wire, clock: Clock): Promise<SMTPServer> {
  const server = new SMTPServer({
    name: host.name,
    banner: 'ESMTP',
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: largestBytes,
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      void stream
        .toArray()
        .then(async (chunks) => {
          const kept = {
            receivedMs: clock.now(),
            actor: host.id,
            clientAddress: wire.toLabAddress(session.remoteAddress),
            heloName: session.hostNameAppearsAs,
            reversePath: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
            recipients: session.envelope.rcptTo.map((recipient) => recipient.address),
            content: Buffer.concat(chunks as Buffer[]).toString('latin1'),
          };
          await writeFileAtomic(path.join(folder, `${kept.receivedMs}-${randomName()}.json`), JSON.stringify(kept));
          await dropOldest(folder);
        })
        .then(
          () => done(),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
    },
  });
  server.on('error', () => undefined);
  const at = wire.toSocket(host.address, 25);
  const listening = server.listen(at.port, at.host) as unknown as net.Server;
  await new Promise<void>((resolve, reject) => listening.once('listening', resolve).once('error', reject));
  return server;
}

async function dropOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort();
  for (const name of names.slice(0, Math.max(0, names.length - mostFiles)))
    await rm(path.join(folder, name), { force: true });
}

/**
 * sink - the lab's Internet as a receiver: every actor's mail host takes whatever comes and keeps it as a file, for the grader to read.
 *
 * Nothing leaves: this is where mail for outside ends. The oldest files go when there are too many, of one client or of all: whoever floods it loses their own mail, and takes neither the disk nor
 * the memory that others need.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import type net from 'node:net';
import path from 'node:path';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
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
/** What one client may have in memory, on all its connections. */
const mostHeldBytes = 25_000_000;
/** What is kept of one client on disk. */
const mostKeptBytes = 50_000_000;

/** Opens port 25 of every host. `folder`: machine path for the messages. @throws the system's error when an address is taken. */
export async function startSink(hosts: readonly SinkHost[], folder: string, wire: Wire, clock: Clock): Promise<Sink> {
  await mkdir(folder, { recursive: true });
  const held: HeldBytes = new Map();
  const servers = await Promise.all(hosts.map((host) => startHost(host, { folder, wire, clock, held })));
  return {
    stop: async () =>
      void (await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(resolve))))),
  };
}

/** Bytes in memory, by client. */
type HeldBytes = Map<string, number>;

interface SinkContext {
  readonly folder: string;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly held: HeldBytes;
}

async function startHost(host: SinkHost, { folder, wire, clock, held }: SinkContext): Promise<SMTPServer> {
  const keep = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> => {
    const clientAddress = wire.toLabAddress(session.remoteAddress);
    const content = await readMessage(stream, clientAddress, held);
    const kept = {
      receivedMs: clock.now(),
      actor: host.id,
      clientAddress,
      heloName: session.hostNameAppearsAs,
      reversePath: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
      recipients: session.envelope.rcptTo.map((recipient) => recipient.address),
      content: content.toString('latin1'),
    };
    const name = `${kept.receivedMs}-${clientAddress}-${randomName()}.json`;
    await writeFileAtomic(path.join(folder, name), JSON.stringify(kept));
    await dropOldest(folder, clientAddress);
  };
  const server = new SMTPServer({
    name: host.name,
    banner: 'ESMTP',
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: largestBytes,
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      void keep(stream, session).then(
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

/** The whole message. One that is too much is read on and forgotten at once, so that others have the room. @throws Error with the reply's code (RFC 5321 section 4.2.3) */
async function readMessage(stream: SMTPServerDataStream, client: string, held: HeldBytes): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let own = 0;
  let refused: Error | undefined;
  const hold = (bytes: number): void => {
    own += bytes;
    const all = (held.get(client) ?? 0) + bytes;
    if (all > 0) held.set(client, all);
    else held.delete(client);
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (refused) continue;
      hold(chunk.length);
      chunks.push(chunk);
      if (own > largestBytes) refused = refusal(552, '5.3.4 Message size exceeds fixed limit');
      else if ((held.get(client) ?? 0) > mostHeldBytes) refused = refusal(452, '4.3.1 Insufficient system storage');
      if (!refused) continue;
      chunks = [];
      hold(-own);
    }
  } finally {
    hold(-own);
  }
  if (refused) throw refused;
  return Buffer.concat(chunks);
}

function refusal(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode });
}

async function dropOldest(folder: string, client: string): Promise<void> {
  const names = (await readdir(folder)).sort();
  const drop = names.slice(0, Math.max(0, names.length - mostFiles));
  let keptBytes = 0;
  for (const [index, name] of names
    .filter((each) => each.split('-')[1] === client)
    .reverse()
    .entries()) {
    keptBytes += (await stat(path.join(folder, name)).catch(() => undefined))?.size ?? 0;
    if (index > 0 && keptBytes > mostKeptBytes) drop.push(name);
  }
  for (const name of drop) await rm(path.join(folder, name), { force: true });
}

/**
 * doctor - looks at what a workshop needs of this machine, before it fails in the middle: Node, loopback addresses, ports, disk, memory, open files, programs.
 *
 * Changes nothing, not even the workspace. Each finding says what was looked at, what was seen, and the cure.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { callControl } from '#util/control.ts';
import { isThere } from '#util/is-there.ts';
import { createLoopbackWire } from '#util/wire.ts';
import { lookForRoom, nearestFolder } from './disk-room.ts';
import { findTakenPort, portOffsets, tryToListen } from './port-offset.ts';
import { loadWorkshop, readState, type RangeState, type Workspace } from './workspace.ts';
import { createWorld, type World } from './world.ts';

/** fine: as needed. note: works, with a remark. lacking: the workshop will not run, or not whole. */
export interface Examination {
  readonly kind: 'fine' | 'note' | 'lacking';
  /** What was looked at. */
  readonly what: string;
  readonly seen: string;
  /** '' when nothing is to be done. */
  readonly cure: string;
}

const leastNode = 24;
/** Measured: a workshop of 40 seats with every lab solved, and some to spare. */
const [baseMegabytes, megabytesPerSeat] = [150, 6];
const [baseFiles, filesPerSeat] = [100, 20];

/** Programs that people use beside a workshop; it runs without them. */
const programs: readonly { readonly names: readonly string[]; readonly use: string; readonly cure: string }[] = [
  { names: ['swaks'], use: 'sends test mail', cure: 'apt-get install swaks' },
  { names: ['dig'], use: 'asks the name server', cure: 'apt-get install bind9-dnsutils' },
  { names: ['openssl'], use: 'shows certificates', cure: 'apt-get install openssl' },
  { names: ['curl'], use: 'reads mail over IMAP', cure: 'apt-get install curl' },
  { names: ['mutt', 'neomutt'], use: 'reads mail as a person does', cure: 'apt-get install mutt' },
  {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    use: 'prints the slides (gatehouse slides --pdf)',
    cure: 'apt-get install chromium',
  },
];

/** All examinations, in the order in which they matter. @param seats how many seats the workshop is to have */
export async function examineMachine(workspace: Workspace, seats: number, nodeVersion: string): Promise<Examination[]> {
  const world = createWorld({ seats: Array.from({ length: seats }, () => ({})), seed: '' });
  return [
    examineNode(nodeVersion),
    await examineLoopback(world),
    await examinePorts(world),
    await examineWorkspace(workspace, seats, 'embedded'),
    examineMemory(seats),
    await examineOpenFiles(seats),
    await examineRunning(workspace),
    ...(await Promise.all(programs.map(examineProgram))),
  ];
}

/** What a workshop in containers needs of this machine beside an engine (docker/doctor.ts). */
export async function examineForContainers(
  workspace: Workspace,
  seats: number,
  nodeVersion: string,
): Promise<Examination[]> {
  return [
    examineNode(nodeVersion),
    await examineWorkspace(workspace, seats, 'docker'),
    await examineProgram({ names: ['ssh'], use: 'leads to the hosts', cure: 'apt-get install openssh-client' }),
  ];
}

function examineNode(version: string): Examination {
  const enough = Number(version.replace(/^v/, '').split('.')[0]) >= leastNode;
  return {
    kind: enough ? 'fine' : 'lacking',
    what: 'Node.js',
    seen: version,
    cure: enough ? '' : 'start with npm start or npx gatehouse: they bring Node 24 along',
  };
}

/** Lab addresses become 127.18.x.y and 127.19.x.y; Linux has them all, macOS only 127.0.0.1. */
async function examineLoopback(world: World): Promise<Examination> {
  const wire = createLoopbackWire(0);
  const lab = [world.dns, world.classroom, ...world.seats.flatMap((seat) => [seat.gateway, seat.mailbox])];
  const hosts = [...lab, ...world.actors.map((actor) => actor.host)].map(({ address }) => wire.toSource(address));
  const missing: string[] = [];
  for (const host of hosts) if ((await tryToListen(host, 0)) !== undefined) missing.push(host);
  return missing.length === 0
    ? { kind: 'fine', what: 'loopback addresses', seen: `all ${hosts.length} can be bound`, cure: '' }
    : {
        kind: 'lacking',
        what: 'loopback addresses',
        seen: `${missing.length} of ${hosts.length} cannot be bound, ${missing[0]} is the first`,
        cure: `make them aliases of the loopback interface, on macOS: for a in ${missing.join(' ')}; do sudo ifconfig lo0 alias $a; done`,
      };
}

async function examinePorts(world: World): Promise<Examination> {
  const taken: string[] = [];
  for (const offset of portOffsets) {
    const wire = createLoopbackWire(offset);
    const dns = wire.toSocket(world.dns.address, 53);
    const refusal = await tryToListen(dns.host, dns.port);
    const problem = refusal === undefined ? await findTakenPort(world, wire) : `port ${dns.port}: ${refusal}`;
    if (problem === undefined) return { kind: 'fine', what: 'ports', seen: portsText(offset), cure: '' };
    taken.push(problem);
  }
  return {
    kind: 'lacking',
    what: 'ports',
    seen: taken.join(', '),
    cure: 'end another workshop (gatehouse down --workspace DIR), or the program that holds these ports',
  };
}

function portsText(offset: number): string {
  return offset === 0
    ? 'the real ones (25, 53, 143 ...) are free'
    : `moved by ${offset}: 25 is ${25 + offset}, 143 is ${143 + offset}`;
}

async function examineWorkspace(
  workspace: Workspace,
  seats: number,
  engine: RangeState['engine'],
): Promise<Examination> {
  const what = 'workspace';
  const { folder } = workspace;
  try {
    await access(await nearestFolder(folder), constants.W_OK);
    const { kind, freeMegabytes } = await lookForRoom(workspace, seats, engine);
    const enough = kind === 'enough';
    const seen = `${folder}, ${freeMegabytes} MB free`;
    return {
      kind: enough ? 'fine' : 'lacking',
      what,
      seen,
      cure: enough ? '' : 'make room, or choose another folder: --workspace DIR',
    };
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    return { kind: 'lacking', what, seen, cure: 'choose a folder that you may write to: --workspace DIR' };
  }
}

function examineMemory(seats: number): Examination {
  const neededMegabytes = baseMegabytes + seats * megabytesPerSeat;
  return judgeMemory({ totalBytes: os.totalmem(), seats, neededMegabytes, margin: 2 });
}

/** @param memory `margin`: how many times the need should be there, for all else that runs */
export function judgeMemory(memory: {
  readonly totalBytes: number;
  readonly seats: number;
  readonly neededMegabytes: number;
  readonly margin: number;
}): Examination {
  const { totalBytes, seats, neededMegabytes, margin } = memory;
  const total = Math.round(totalBytes / 1024 / 1024);
  const isEnough = total >= margin * neededMegabytes;
  return {
    kind: isEnough ? 'fine' : 'note',
    what: 'memory',
    seen: `${total} MB in all, ${seats} seats need about ${neededMegabytes} MB`,
    cure: isEnough ? '' : 'close other programs, or run fewer seats',
  };
}

async function examineOpenFiles(seats: number): Promise<Examination> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n']).catch(() => ({ stdout: 'unknown' }));
  const limit = stdout.trim() === 'unlimited' ? Number.POSITIVE_INFINITY : Number(stdout);
  const needed = baseFiles + seats * filesPerSeat;
  const enough = Number.isNaN(limit) || limit >= needed;
  return {
    kind: enough ? 'fine' : 'lacking',
    what: 'open files',
    seen: `at most ${stdout.trim()}, ${seats} seats need about ${needed}`,
    cure: enough ? '' : `ulimit -n ${needed} before the start`,
  };
}

async function examineProgram({ names, use, cure }: (typeof programs)[number]): Promise<Examination> {
  const what = names[0] ?? '';
  for (const name of names)
    for (const folder of (globalThis.process.env['PATH'] ?? '').split(path.delimiter)) {
      const file = path.join(folder || '.', name);
      if (await isThere(file, constants.X_OK)) return { kind: 'fine', what, seen: file, cure: '' };
    }
  return { kind: 'note', what, seen: `not installed; it ${use}`, cure: `not needed to begin; on Debian: ${cure}` };
}

async function examineRunning(workspace: Workspace): Promise<Examination> {
  const what = 'workshop';
  const answer = await callControl(workspace.controlFile, 'status').catch(() => undefined);
  if (answer?.kind === 'answer') {
    const state = await readState(workspace).catch(() => undefined);
    return {
      kind: 'note',
      what,
      seen: `runs already, process ${state?.pid ?? 'unknown'}`,
      cure: 'gatehouse status shows it',
    };
  }
  try {
    const workshop = await loadWorkshop(workspace);
    return workshop === undefined
      ? { kind: 'fine', what, seen: 'none here yet', cure: '' }
      : {
          kind: 'fine',
          what,
          seen: `${workshop.seats.length} seats, not running; files, mail and grades are kept`,
          cure: '',
        };
  } catch (error) {
    const [seen = '', cure = ''] = (error instanceof Error ? error.message : String(error)).split('; cure: ');
    return { kind: 'lacking', what, seen, cure };
  }
}

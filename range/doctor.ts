/**
 * doctor - looks at what a workshop needs of this machine, before it fails in the middle: Node, loopback addresses, ports, disk, open files.
 *
 * Changes nothing. Each finding says what was looked at, what was seen, and the cure.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { callControl } from '#util/control.ts';
import { portOffsets, tryToListen } from './port-offset.ts';
import { readState, type Workspace } from './workspace.ts';

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
const leastFreeBytes = 300 * 1024 * 1024;
/** Listeners, queue files and connections of one seat, roughly. */
const filesPerSeat = 60;

/** All examinations, in the order in which they matter. @param seats how many seats the workshop is to have */
export async function examineMachine(workspace: Workspace, seats: number, nodeVersion: string): Promise<Examination[]> {
  return [
    examineNode(nodeVersion),
    await examineLoopback(),
    await examinePorts(),
    await examineWorkspace(workspace),
    await examineOpenFiles(seats),
    await examineRunning(workspace),
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
async function examineLoopback(): Promise<Examination> {
  for (const address of ['127.18.0.53', '127.18.1.10', '127.18.250.20', '127.19.1.25']) {
    const problem = await tryToListen(address, 0);
    if (problem !== undefined)
      return {
        kind: 'lacking',
        what: 'loopback addresses',
        seen: `${address}: ${problem}`,
        cure: `make it an alias of the loopback interface, on macOS: sudo ifconfig lo0 alias ${address} (one for each host: gatehouse status lists them)`,
      };
  }
  return { kind: 'fine', what: 'loopback addresses', seen: '127.18.0.0/16 and 127.19.0.0/16 can be bound', cure: '' };
}

async function examinePorts(): Promise<Examination> {
  const taken: string[] = [];
  for (const offset of portOffsets) {
    const problem = await tryToListen('127.18.0.53', 53 + offset);
    if (problem === undefined)
      return {
        kind: 'fine',
        what: 'ports',
        seen:
          offset === 0
            ? 'the real ones (25, 53, 143 ...) are free'
            : `those of offset ${offset} are free: 25 is ${25 + offset}`,
        cure: '',
      };
    taken.push(`${53 + offset}: ${problem}`);
  }
  return {
    kind: 'lacking',
    what: 'ports',
    seen: taken.join(', '),
    cure: 'end another workshop (gatehouse down --workspace DIR), or the program that holds these ports',
  };
}

async function examineWorkspace({ folder }: Workspace): Promise<Examination> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const enough = free >= leastFreeBytes;
    return {
      kind: enough ? 'fine' : 'lacking',
      what: 'workspace',
      seen: `${folder}, ${Math.round(free / 1024 / 1024)} MB free`,
      cure: enough ? '' : 'make room, or choose another folder: --workspace DIR',
    };
  } catch (error) {
    return {
      kind: 'lacking',
      what: 'workspace',
      seen: error instanceof Error ? error.message : String(error),
      cure: 'choose a folder that you may write to: --workspace DIR',
    };
  }
}

async function examineOpenFiles(seats: number): Promise<Examination> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n']).catch(() => ({ stdout: 'unknown' }));
  const limit = stdout.trim() === 'unlimited' ? Number.POSITIVE_INFINITY : Number(stdout);
  const needed = 200 + seats * filesPerSeat;
  const enough = Number.isNaN(limit) || limit >= needed;
  return {
    kind: enough ? 'fine' : 'lacking',
    what: 'open files',
    seen: `at most ${stdout.trim()}, ${seats} seats need about ${needed}`,
    cure: enough ? '' : `ulimit -n ${needed} before the start`,
  };
}

async function examineRunning(workspace: Workspace): Promise<Examination> {
  const answers = (await callControl(workspace.controlFile, 'status').catch(() => undefined))?.kind === 'answer';
  const state = await readState(workspace).catch(() => undefined);
  if (answers)
    return {
      kind: 'note',
      what: 'workshop',
      seen: `runs already, process ${state?.pid}`,
      cure: 'gatehouse status shows it',
    };
  return state === undefined
    ? { kind: 'fine', what: 'workshop', seen: 'none runs here', cure: '' }
    : {
        kind: 'note',
        what: 'workshop',
        seen: 'the last one here has ended; its files are kept',
        cure: 'gatehouse up starts it again',
      };
}

/**
 * workspace - the folder that holds a workshop: who sits where, the hosts' roots, snapshots, grades.
 *
 *     workshop.json            domain, seed, seats (kept for good)
 *     seats/pc1/gateway/...    host roots: gateway, mailbox, dns
 *     snapshots/pc1/gateway/   copies taken before every reset
 *     grades/                  what was achieved, one event a line
 *     keys/                    the SSH host key, and public keys of seats (pc1.pub) that may log in
 *     run/                     control file, state and log of the running range
 */
import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '#util/atomic-file.ts';
import { isThere } from '#util/is-there.ts';
import { createWorld, type HostName, type World } from './world.ts';

const workshopSchema = z.object({
  version: z.literal(1),
  domain: z.string().regex(/^[a-z0-9.-]+\.test$/, 'a domain below .test'),
  seed: z.string().min(16),
  seats: z
    .array(
      z.object({
        person: z.string(),
        kind: z.enum(['student', 'stand-in']),
        genuine: z.array(z.enum(['gateway', 'mailbox'])).optional(),
      }),
    )
    .min(1)
    .max(250),
  /** Is there a shared clamd and spamd? */
  scanners: z.boolean().optional(),
});

export type Workshop = z.infer<typeof workshopSchema>;

const stateSchema = z.object({
  pid: z.number().int(),
  engine: z.enum(['embedded', 'docker']),
  wire: z.string(),
  startedAt: z.string(),
  /** Where SSH leads to the hosts, on Docker. */
  ssh: z.object({ address: z.string(), port: z.number().int() }).optional(),
});

/** What a running range says of itself. */
export type RangeState = z.infer<typeof stateSchema>;

export interface Workspace {
  readonly folder: string;
  readonly controlFile: string;
  readonly logFile: string;
  hostRoot(seat: string, host: HostName): string;
  snapshotFolder(seat: string, host: HostName): string;
  readonly sinkFolder: string;
  readonly gradesFolder: string;
}

export function openWorkspace(folder: string): Workspace {
  const top = settle(path.resolve(folder));
  return {
    folder: top,
    controlFile: path.join(top, 'run', 'range.ctl'),
    logFile: path.join(top, 'run', 'range.log'),
    hostRoot: (seat, host) => path.join(top, 'seats', seat, host),
    snapshotFolder: (seat, host) => path.join(top, 'snapshots', seat, host),
    sinkFolder: path.join(top, 'classroom', 'var', 'spool', 'sink'),
    gradesFolder: path.join(top, 'grades'),
  };
}

/** A workspace has one name, whichever link leads to it: containers and mounted disks are known by it. What is not there yet is named below what is. */
function settle(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : path.join(settle(parent), path.basename(folder));
  }
}

/** The workshop kept there; undefined when the folder holds none. @throws Error naming the file when it cannot be understood. */
export async function loadWorkshop(workspace: Workspace): Promise<Workshop | undefined> {
  const file = path.join(workspace.folder, 'workshop.json');
  const text = await readIfThere(file);
  return text === undefined ? undefined : parse(workshopSchema, text, file);
}

/** The workshop as it would be; nothing is saved. A seat that is there stays as it is, and so does what is not given. */
export async function planWorkshop(
  workspace: Workspace,
  seats: Workshop['seats'] | undefined,
  scanners?: boolean,
): Promise<Workshop> {
  const before = await loadWorkshop(workspace);
  return {
    version: 1,
    domain: before?.domain ?? 'sse.ws.test',
    seed: before?.seed ?? randomBytes(24).toString('hex'),
    seats: seats ??
      before?.seats ?? [
        { person: '', kind: 'student' },
        { person: '', kind: 'student' },
      ],
    ...((scanners ?? before?.scanners) ? { scanners: true } : {}),
  };
}

/** Makes or enlarges the workshop, as planned. */
export async function saveWorkshop(
  workspace: Workspace,
  seats: Workshop['seats'] | undefined,
  scanners?: boolean,
): Promise<Workshop> {
  return keepWorkshop(workspace, await planWorkshop(workspace, seats, scanners));
}

/** Writes a planned workshop. @throws Error with the cure where nothing can be written */
export async function keepWorkshop(workspace: Workspace, workshop: Workshop): Promise<Workshop> {
  const text = `${JSON.stringify(workshop, null, 2)}\n`;
  try {
    await mkdir(path.join(workspace.folder, 'run'), { recursive: true });
    await writeFileAtomic(path.join(workspace.folder, 'workshop.json'), text, 0o600);
  } catch (error) {
    throw cannotWrite(workspace, error);
  }
  return workshop;
}

/** What to say when a workspace's own files cannot be written. */
export function cannotWrite({ folder }: Workspace, error: unknown): Error {
  return new Error(
    `cannot write in ${folder}: ${words(error)}; cure: choose a folder that you may write to, with --workspace DIR`,
  );
}

/** Notes who sits at a seat from now on. @param number 1 for the first seat */
export async function markSeat(workspace: Workspace, number: number, kind: 'student' | 'stand-in'): Promise<void> {
  const workshop = await loadWorkshop(workspace);
  if (!workshop) return;
  await saveWorkshop(
    workspace,
    workshop.seats.map((seat, index) => (index === number - 1 ? { ...seat, kind } : seat)),
  );
}

export function worldOf(workshop: Workshop): World {
  return createWorld(workshop);
}

export async function writeState(workspace: Workspace, state: RangeState): Promise<void> {
  await writeFileAtomic(path.join(workspace.folder, 'run', 'state.json'), `${JSON.stringify(state, null, 2)}\n`);
}

export async function removeState(workspace: Workspace): Promise<void> {
  await rm(path.join(workspace.folder, 'run', 'state.json'), { force: true }).catch(() => undefined);
}

/** @throws Error saying that nothing runs there, and the cure. */
export async function readState(workspace: Workspace): Promise<RangeState> {
  const file = path.join(workspace.folder, 'run', 'state.json');
  const text = await readIfThere(file);
  if (text === undefined) throw nothingRuns(workspace);
  return parse(stateSchema, text, file);
}

/** Was the workshop on Docker last? What runs there now, only the engine knows. */
export async function isOnDocker(workspace: Workspace): Promise<boolean> {
  const state = await readState(workspace).catch(() => undefined);
  return state?.engine === 'docker';
}

/** Was it ever on Docker? Only there the lab's own hosts have folders. */
export function wasOnDocker({ folder }: Workspace): Promise<boolean> {
  return isThere(path.join(folder, 'lab'));
}

/** What to say when no engine answers. */
export function nothingRuns({ folder }: Workspace): Error {
  return new Error(`no workshop runs in ${folder}; cure: gatehouse up --detach --workspace ${folder}`);
}

/** Undefined when there is no such file. @throws Error naming a file that is there and cannot be read: it must never be taken for a missing one */
async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Error(`${file}: ${words(error)}; cure: make the file readable, or use another workspace`);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parse<T>(schema: z.ZodType<T>, text: string, file: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `${file}: ${error instanceof z.ZodError ? z.prettifyError(error) : words(error)}; cure: mend the file, or use another workspace`,
    );
  }
}

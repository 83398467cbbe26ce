/**
 * attach - the Range port for another process: talks to the running engine through its control file, and to the hosts' files directly.
 *
 * What a host holds is untrusted: links that lead out of its root are refused, sizes are bounded, commands get a clean environment.
 */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#util/clock.ts';
import { forEachAtMost } from '#util/at-most.ts';
import { openHostFile, writeHostFile } from '#util/host-file.ts';
import { createHostRoot, realResolve } from '#util/host-root.ts';
import type { ServiceAction } from '#util/host.ts';
import { dialOn, type Dial } from '#util/dial.ts';
import { createResolver } from '#util/resolver.ts';
import { parseWire } from '#util/wire.ts';
import { explainLackOfRights, refuseLackOfRights } from './container-rights.ts';
import { emptyRoot, keepRoot, listSnapshots, restoreRoot } from './host-copies.ts';
import { openEmbeddedDoor } from './embedded-door.ts';
import type { EngineDoor } from './engine-door.ts';
import type { ExecOptions, ExecResult, FileRead, HostState, OverlayFile, Range, SinkMessage } from './range.ts';
import {
  loadWorkshop,
  nothingRuns,
  openWorkspace,
  readState,
  worldOf,
  type RangeState,
  type Workspace,
} from './workspace.ts';
import type { HostName, World } from './world.ts';

const mostOutputBytes = 1_000_000;
/** Files of mail that are in memory at the same time. */
const filesAtOnce = 16;

/** Attaches to the workshop that runs in `folder`. @throws Error with the cure when none does. */
export async function attachRange(folder: string, clock: Clock): Promise<Range & { readonly workspace: Workspace }> {
  const workspace = openWorkspace(folder);
  const workshop = await loadWorkshop(workspace);
  if (!workshop) throw nothingRuns(workspace);
  const world = worldOf(workshop);
  const state = await readState(workspace);
  const door = await openDoor(world, workspace, state, clock);
  return new Attached(workspace, world, state.wire, clock, door);
}

/** @throws Error with the cure when the workshop's engine does not answer */
async function openDoor(world: World, workspace: Workspace, state: RangeState, clock: Clock): Promise<EngineDoor> {
  if (state.engine === 'embedded') return openEmbeddedDoor(world, workspace, parseWire(state.wire), clock);
  const { openDockerDoor } = await import('./docker/docker-door.ts'); // takes long to load
  return openDockerDoor(world, workspace, clock);
}

class Attached implements Range {
  readonly engine: Range['engine'];
  readonly workspace: Workspace;
  readonly world: World;
  readonly wire: Range['wire'];
  readonly dial: Dial;
  readonly resolver: Range['resolver'];
  readonly #clock: Clock;
  readonly #door: EngineDoor;

  constructor(workspace: Workspace, world: World, wire: string, clock: Clock, door: EngineDoor) {
    this.engine = door.engine;
    this.#door = door;
    this.workspace = workspace;
    this.world = world;
    this.wire = parseWire(wire);
    this.dial = dialOn(this.wire);
    this.#clock = clock;
    const at = this.wire.toSocket(world.dns.address, 53);
    this.resolver = createResolver({ servers: [`${at.host}:${at.port}`] });
  }

  status(seat?: string): Promise<readonly HostState[]> {
    return this.#door.status(seat);
  }

  exec(seat: string, host: HostName, command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return this.#door.exec(seat, host, command, options);
  }

  async readFile(seat: string, host: HostName, hostPath: string, maxBytes = mostOutputBytes): Promise<FileRead> {
    const root = createHostRoot(this.workspace.hostRoot(seat, host));
    try {
      const file = await openHostFile(root, hostPath);
      try {
        const { size } = await file.stat();
        const buffer = Buffer.alloc(Math.min(size, maxBytes));
        await file.read(buffer, 0, buffer.length, Math.max(0, size - buffer.length));
        return { kind: 'file', text: buffer.toString('utf8'), truncated: size > buffer.length };
      } finally {
        await file.close();
      }
    } catch (error) {
      refuseLackOfRights(this.engine, error);
      const code = (error as NodeJS.ErrnoException).code;
      return code === 'ENOENT' || code === 'ENOTDIR'
        ? { kind: 'absent' }
        : { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async listFiles(seat: string, host: HostName, folder: string): Promise<readonly string[]> {
    const root = createHostRoot(this.workspace.hostRoot(seat, host));
    const none = (error: unknown): undefined => {
      refuseLackOfRights(this.engine, error);
      return undefined;
    };
    const top = await realResolve(root, folder).catch(none);
    const entries = top === undefined ? [] : await readdir(top, { recursive: true, withFileTypes: true }).catch(none);
    return (entries ?? [])
      .filter((entry) => entry.isFile())
      .slice(0, 10_000)
      .map((entry) => root.display(path.join(entry.parentPath, entry.name)))
      .sort();
  }

  async configurationMark(seat: string): Promise<string> {
    const marks: string[] = [];
    for (const host of ['gateway', 'mailbox', 'dns'] as const)
      for (const name of await this.listFiles(seat, host, '/etc').catch(() => [])) {
        const found = await lstat(path.join(this.workspace.hostRoot(seat, host), name)).catch(() => undefined);
        marks.push(`${host} ${name} ${found?.size} ${found?.mtimeMs}`);
      }
    return createHash('sha256').update(marks.join('\n')).digest('hex');
  }

  overlay(seat: string, host: HostName, files: readonly OverlayFile[]): Promise<void> {
    return explainLackOfRights(this.engine, this.#overlay(seat, host, files));
  }

  async #overlay(seat: string, host: HostName, files: readonly OverlayFile[]): Promise<void> {
    const root = createHostRoot(this.workspace.hostRoot(seat, host));
    for (const file of files) await writeHostFile(root, file);
  }

  control(seat: string, host: HostName, action: ServiceAction, service?: string): Promise<void> {
    return this.#door.control(seat, host, action, service);
  }

  snapshot(seat: string, host: HostName, why: string): Promise<string> {
    return explainLackOfRights(this.engine, keepRoot(this.workspace, seat, host, why, this.#clock));
  }

  snapshots(seat: string, host: HostName): Promise<readonly string[]> {
    return listSnapshots(this.workspace, seat, host);
  }

  async reset(seat: string, host: HostName, to: Parameters<Range['reset']>[2]): Promise<string> {
    const source = to.kind === 'snapshot' ? await this.#findSnapshot(seat, host, to.name) : undefined;
    await this.control(seat, host, 'stop');
    try {
      const kept = await this.snapshot(seat, host, 'before-reset');
      await this.#putBack(seat, host, source).catch((error: unknown) => {
        const words = error instanceof Error ? error.message : String(error);
        throw new Error(`${words}; what was there before is kept as snapshot ${kept}`, { cause: error });
      });
      return kept;
    } finally {
      await this.control(seat, host, 'start');
    }
  }

  /** The host as in the snapshot's folder; as a new one when none is given. */
  async #putBack(seat: string, host: HostName, source: string | undefined): Promise<void> {
    const root = this.workspace.hostRoot(seat, host);
    await emptyRoot(root);
    if (source !== undefined) return restoreRoot(source, root);
    const { Provision } = await import('./provision.ts'); // only a reset needs it, and it takes long to load
    await new Provision(this.world, this.#clock).layHost(seat, host, root);
  }

  async #findSnapshot(seat: string, host: HostName, name: string | undefined): Promise<string> {
    const names = await this.snapshots(seat, host);
    const wanted = name ?? names.at(-1);
    if (wanted === undefined || !names.includes(wanted))
      throw new Error(
        `no snapshot ${name ?? ''} of ${seat} ${host}; there ${names.length === 0 ? 'is none yet' : `are: ${names.join(', ')}`}`,
      );
    const folder = path.join(this.workspace.snapshotFolder(seat, host), wanted);
    const { readKind } = await import('./provision.ts'); // as above
    const [was, is] = [await readKind(folder), await readKind(this.workspace.hostRoot(seat, host))];
    if (was !== is)
      throw new Error(
        `${wanted} is a snapshot of the ${was === 'genuine' ? 'genuine' : 'own'} kind of ${host}; cure: gatehouse up --engine docker --${host} ${was ?? 'own'} ${seat} first, or name another (gatehouse snapshots ${seat} ${host})`,
      );
    return folder;
  }

  /** Only files whose text holds the token are read as messages: the token is random, so this is a plain search. */
  async sinkMessages(token: string): Promise<readonly SinkMessage[]> {
    const names = (await readdir(this.workspace.sinkFolder).catch(() => []))
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort();
    const texts: string[] = [];
    await forEachAtMost(filesAtOnce, [...names.entries()], async ([index, name]) => {
      const text = await readFile(path.join(this.workspace.sinkFolder, name), 'utf8').catch(() => '');
      if (text.includes(token)) texts[index] = text;
    });
    return texts.filter(Boolean).map((text) => JSON.parse(text) as SinkMessage);
  }
}

/**
 * range - the running set of hosts under test, as a port: what a grader or a command may ask of it, whichever engine runs it.
 *
 * Engines: `embedded.ts` (this process), `docker/`. Commands in other processes attach to a running one (`attach.ts`). A host that is not ours is a range too, with
 * little in reach (`external.ts`).
 * Everything that comes back from a host (files, command output) is untrusted text.
 */
import type { ListenerAddress, ServiceAction, ServiceStatus } from '#util/host.ts';
import type { ZoneResolver } from '#util/resolver.ts';
import type { Dial } from '#util/dial.ts';
import type { Wire } from '#util/wire.ts';
import type { HostName, World } from './world.ts';

export type { Actor, ActorId, HostAddress, HostName, Seat, World } from './world.ts';
export { findActor, findSeat, journalKey } from './world.ts';
export { OutOfReachError, type OutOfReach } from './out-of-reach.ts';

/** What a command in a host printed. Output is cut at 1 MB. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
}

export type FileRead =
  | { readonly kind: 'file'; readonly text: string; readonly truncated: boolean }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface HostState {
  readonly seat: string;
  readonly host: HostName;
  readonly address: string;
  /** Folder on this machine; undefined where the engine has none. */
  readonly rootFolder: string | undefined;
  readonly services: readonly ServiceStatus[];
  readonly listeners: readonly ListenerAddress[];
}

/** One file laid over a host's root: host path, content, mode. */
export interface OverlayFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode?: number;
}

/** A message that reached the lab's Internet (any actor's mail host). */
export interface SinkMessage {
  readonly receivedMs: number;
  /** Which actor's host took it. */
  readonly actor: string;
  /** Lab address of the client. */
  readonly clientAddress: string;
  readonly heloName: string;
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly content: string;
}

/** How a host that is not ours is reached: by SMTP, from this computer's own address. */
export interface Reach {
  /** The host of a seat whose place it takes. */
  readonly place: 'gateway' | 'mailbox';
  readonly port: number;
  /** What this computer calls itself: its address (RFC 5321 section 4.1.4). */
  readonly helo: string;
  /** Somebody vouches that the host has no reason to trust this computer. */
  readonly isStranger: boolean;
  /** The filtered seat's user is one for whom the host should relay. */
  readonly knowsRelayUser: boolean;
  /** The user's mailbox can be looked into, over TLS. */
  readonly readsMailbox: boolean;
  /** A name server was named. */
  readonly asksDns: boolean;
}

export interface Range {
  readonly engine: 'embedded' | 'docker' | 'none';
  /** Set where a host is judged that is not ours. What is not in reach throws OutOfReachError. */
  readonly reach?: Reach;
  readonly world: World;
  /** The wire on which probes and actors talk. */
  readonly wire: Wire;
  /** Connections in the name of an actor or of a seat's host. */
  readonly dial: Dial;
  /** Asks the lab's DNS. */
  readonly resolver: ZoneResolver;
  /** Of one seat's hosts, or of all. */
  status(seat?: string): Promise<readonly HostState[]>;
  /** Runs a command in a host as its root, in its root folder, with the mail commands first on PATH. */
  exec(seat: string, host: HostName, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Reads a file; links that lead out of the root are refused. */
  readFile(seat: string, host: HostName, path: string, maxBytes?: number): Promise<FileRead>;
  /** File names below a folder, at most 10 000, sorted; empty when there is none. */
  listFiles(seat: string, host: HostName, folder: string): Promise<readonly string[]>;
  /** A text that changes when a file below /etc of one of the seat's hosts does. */
  configurationMark(seat: string): Promise<string>;
  /** Lays files over a host's root (atomic each); parents are made. */
  overlay(seat: string, host: HostName, files: readonly OverlayFile[]): Promise<void>;
  /** Starts, stops, restarts or reloads a service, or all of a host's (`service` undefined). */
  control(seat: string, host: HostName, action: ServiceAction, service?: string): Promise<void>;
  /** Copies a host's whole root aside; returns the snapshot's name. */
  snapshot(seat: string, host: HostName, why: string): Promise<string>;
  /** Names of a host's snapshots, oldest first. */
  snapshots(seat: string, host: HostName): Promise<readonly string[]>;
  /** Puts a host back to a snapshot (the newest, unless named) or to its first state, after taking a snapshot, whose name it returns; services restart. */
  reset(seat: string, host: HostName, to: { kind: 'start' } | { kind: 'snapshot'; name?: string }): Promise<string>;
  /** Mail that reached the outside and holds `token` anywhere in envelope or content. */
  sinkMessages(token: string): Promise<readonly SinkMessage[]>;
}

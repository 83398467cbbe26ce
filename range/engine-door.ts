/**
 * engine-door - what differs between the engines for a command that attaches to a running workshop: how a host is asked, told, and run commands in.
 *
 * Files, snapshots and mail outside are the same for all: they lie in the workspace.
 */
import type { ServiceAction } from '#util/host.ts';
import type { ExecOptions, ExecResult, HostState, Range } from './range.ts';
import type { HostName } from './world.ts';

export interface EngineDoor {
  readonly engine: Range['engine'];
  /** As Range.status. */
  status(seat?: string): Promise<readonly HostState[]>;
  exec(seat: string, host: HostName, command: readonly string[], options: ExecOptions): Promise<ExecResult>;
  /** As Range.control: a service, or the whole host when `service` is undefined. */
  control(seat: string, host: HostName, action: ServiceAction, service?: string): Promise<void>;
}

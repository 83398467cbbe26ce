/**
 * host - the face every host shows to the range, whatever it does.
 *
 * `createX(deps)` does no I/O; `start()` opens its services; the started host knows where they listen and can be told to start, stop or reload each.
 * The same face is used by the embedded engine and by a container's `main.ts`.
 */
import type { Clock } from './clock.ts';
import type { HostRoot } from './host-root.ts';
import type { Resolver } from './resolver.ts';
import type { Wire } from './wire.ts';

export interface HostDeps {
  readonly root: HostRoot;
  /** The host's lab address and fully qualified name. */
  readonly address: string;
  readonly hostname: string;
  /** The network's prefix length, as the interface has it (postconf: mynetworks_style = subnet). */
  readonly prefixLength: number;
  readonly clock: Clock;
  readonly wire: Wire;
  /** Asks the name servers in the host's /etc/resolv.conf. */
  readonly resolver: Resolver;
  /** Gives a new file to an account, where the host has accounts of its own (a container). Absent where all files are the one user's who runs the range. */
  readonly giveFile?: GiveFile;
}

/** `file`: machine path. */
export type GiveFile = (file: string, uid: number, gid: number) => Promise<void>;

/** Where a service listens. */
export interface ListenerAddress {
  /** master.cf's service name, or `imap`, `pop3s`, `domain`. */
  readonly service: string;
  /** Lab address and service port. */
  readonly address: string;
  readonly port: number;
  /** The socket on this machine. */
  readonly socket: { readonly host: string; readonly port: number };
}

export type ServiceState = 'running' | 'stopped' | 'failed';

export interface ServiceStatus {
  /** `postfix`, `mailscanner`, `dovecot`, `named`. */
  readonly name: string;
  readonly state: ServiceState;
  /** Why it failed or stopped; '' when it runs. */
  readonly reason: string;
}

export type ServiceAction = 'start' | 'stop' | 'restart' | 'reload' | 'status';

/** What came of an action: what the command would print, and its exit code. */
export interface ActionOutcome {
  readonly exitCode: number;
  readonly output: string;
}

export interface Host {
  /** Resolves when every service listens or has said why it cannot; a broken configuration of one service leaves the others running. */
  start(): Promise<StartedHost>;
}

export interface StartedHost {
  addresses(): readonly ListenerAddress[];
  services(): readonly ServiceStatus[];
  control(service: string, action: ServiceAction): Promise<ActionOutcome>;
  stop(): Promise<void>;
}

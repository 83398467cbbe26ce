/**
 * shell-door - what the SSH server needs of the workshop, as a port: who may come in where, and a program running there.
 */
import type { Readable, Writable } from 'node:stream';
import type { AuthorizedKey } from './authorized-keys.ts';
import type { SeatPlace } from './place-name.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a client asks to run. */
export interface ShellWish {
  /** A line for the host's shell; undefined for an interactive shell. */
  readonly command: string | undefined;
  /** Undefined without a terminal: then the two outputs are kept apart. */
  readonly terminal: (TerminalSize & { readonly name: string }) | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that runs on a host. */
export interface OpenShell {
  readonly input: Writable;
  readonly output: Readable;
  /** Undefined with a terminal, which has one output. */
  readonly errors: Readable | undefined;
  resize(size: TerminalSize): void;
  /** @param name without SIG: `INT` */
  signal(name: string): void;
  /** Its exit code, after both outputs have ended. */
  exitCode(): Promise<number>;
  /** The client is gone: the program is told to hang up (SIGHUP), as a terminal would. */
  hangUp(): void;
}

export interface ShellDoor {
  /** Where that login leads; undefined when nowhere. */
  findPlace(login: string): Promise<SeatPlace | undefined>;
  password(place: SeatPlace): Promise<string>;
  keys(place: SeatPlace): Promise<readonly AuthorizedKey[]>;
  /** Said at the beginning of an interactive shell; '' for nothing. */
  greeting(place: SeatPlace): Promise<string>;
  /** @throws Error saying why there is no program, such as a host that does not run */
  open(place: SeatPlace, wish: ShellWish): Promise<OpenShell>;
}

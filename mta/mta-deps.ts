/**
 * mta-deps - what a host hands to its MTA, and the faces the MTA's rooms show each other.
 *
 * Nothing in mta/ reads the process, the machine's clock or the machine's resolver; all comes through here.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '#util/clock.ts';
import type { HostRoot } from '#util/host-root.ts';
import type { GiveFile } from '#util/host.ts';
import type { Resolver } from '#util/resolver.ts';
import type { Wire } from '#util/wire.ts';
import type { MailLog } from './log/mail-log.ts';

/** A local account (passwd(5) in the host's root). */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly fullName: string;
  /** Host path. */
  readonly home: string;
}

/** A program that master.cf runs through spawn(8), such as an SPF policy service: speaks its protocol on `stream` until it ends. */
export type SpawnProgram = (stream: Duplex, argv: readonly string[]) => void;

export interface MtaDeps {
  readonly root: HostRoot;
  readonly clock: Clock;
  readonly wire: Wire;
  readonly resolver: Resolver;
  readonly log: MailLog;
  /** The system host name, used where main.cf names none. */
  readonly hostname: string;
  /** This host's own addresses (lab addresses), loopback included: inet_interfaces, mynetworks_style, loop detection. */
  readonly interfaces: readonly { readonly address: string; readonly prefixLength: number }[];
  /** Account by name from the host's /etc/passwd, read afresh when the file changes. */
  account(name: string): Promise<Account | undefined>;
  /** SASL: checks a login; the text is the private reason of a refusal. */
  authenticate(
    user: string,
    password: string,
  ): Promise<{ kind: 'ok' } | { kind: 'refused'; reason: string } | { kind: 'tempfail'; reason: string }>;
  /** See HostDeps. */
  readonly giveFile?: GiveFile;
  /** Process id for `pid/master.pid`; undefined where the mail system has no process of its own (the embedded engine). */
  readonly pid?: number;
  /** Programs for spawn(8) by the last part of argv[0]. */
  readonly programs: ReadonlyMap<string, SpawnProgram>;
}

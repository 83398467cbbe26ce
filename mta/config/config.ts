/**
 * config - one reading of main.cf and master.cf, as the programs see it (postconf(5), master(5)).
 *
 * Faces only: `read-main-cf.ts`, `read-master-cf.ts` and `parameters.ts` make them real. A `PostfixConfig` is a snapshot; `postfix reload` takes a new one.
 * Values are expanded when asked for (`$name`, `${name?x:y}`), as Postfix does, and fail then: `FatalConfigError` carries Postfix's own words.
 */
import type { LookupTable } from './tables/table.ts';

/** Something Postfix would print with `warning:`; `file` is a host path, `line` counts from 1 (0: no line). */
export interface ConfigWarning {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** What to do about it, in our words; for `gatehouse doctor` and the sheets, never logged. */
  readonly cure?: string;
}

/** Postfix's `fatal:`. `message` is the text after `fatal: `, with file and line where Postfix gives them. */
export class FatalConfigError extends Error {
  override readonly name = 'FatalConfigError';
  readonly cure: string | undefined;
  constructor(message: string, cure?: string) {
    super(message);
    this.cure = cure;
  }
}

export interface PostfixConfig {
  /** The configuration directory as a host path (`/etc/postfix`). */
  readonly directory: string;
  readonly warnings: readonly ConfigWarning[];
  /** Names set in main.cf, or by an override, in file order, with unexpanded values. */
  readonly entries: ReadonlyMap<string, string>;
  /** Expanded value; a name that is neither set nor known gives ''. */
  text(name: string): string;
  /** `yes` or `no`. @throws FatalConfigError otherwise. */
  bool(name: string): boolean;
  /** @throws FatalConfigError (`bad numerical configuration`). */
  integer(name: string): number;
  /** A time value in milliseconds; the parameter's default unit applies. @throws FatalConfigError. */
  durationMs(name: string): number;
  /** Comma or white-space separated, `{ }` groups kept as one element without the braces. */
  list(name: string): readonly string[];
  /** The tables of a `maps` parameter, opened once per snapshot. */
  maps(name: string): Promise<readonly LookupTable[]>;
  /** One table by its `type:name`. */
  table(typeAndName: string): Promise<LookupTable>;
  /** Does a match list (mydestination, mynetworks, relay_domains) hold `value`? Knows `!`, `/file`, `type:table`, parent domains, CIDR. */
  matches(name: string, value: string): Promise<MatchResult>;
  /** Expands text with this snapshot's parameters and `extra` on top. */
  expand(text: string, extra?: ReadonlyMap<string, string>): string;
  /** A snapshot with some parameters replaced (master.cf `-o name=value`). */
  with(overrides: ReadonlyMap<string, string>): PostfixConfig;
}

export type MatchResult =
  | { readonly kind: 'match'; readonly pattern: string }
  | { readonly kind: 'no-match' }
  /** `table`: the one that could not answer. */
  | { readonly kind: 'error'; readonly reason: string; readonly table?: string };

/** One line of master.cf (master(5)). */
export interface MasterService {
  /** As written: `smtp`, `submission`, `127.0.0.1:10025`, `policyd-spf`. */
  readonly name: string;
  readonly type: 'inet' | 'unix' | 'unix-dgram' | 'fifo' | 'pass';
  readonly private: string;
  readonly unprivileged: string;
  readonly chroot: string;
  readonly wakeup: string;
  readonly processLimit: string;
  /** Program name: `smtpd`, `smtp`, `local`, `spawn`. */
  readonly command: string;
  readonly arguments: readonly string[];
  /** The `-o` settings, in order. */
  readonly overrides: ReadonlyMap<string, string>;
  /** The command line as written, for display. */
  readonly commandLine: string;
  /** Why the program dies when it starts (`fatal:`): an `-o` without `=`. Everything else keeps running. */
  readonly fault?: string;
  readonly line: number;
}

export interface MasterConfig {
  readonly services: readonly MasterService[];
  readonly warnings: readonly ConfigWarning[];
}

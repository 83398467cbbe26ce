/**
 * table - the face of every lookup table (DATABASE_README, postmap(1)).
 *
 * One file a type beside this one. A table never throws on lookup: an unavailable table answers `error`, which smtpd turns into 451 and delivery into
 * a deferral. Keys are folded by the table where its type folds.
 */

export type LookupResult =
  | { readonly kind: 'found'; readonly value: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'error'; readonly reason: string };

/** What Postfix would say of the table when a program opens it. */
export interface TableProblem {
  readonly severity: 'warning' | 'error';
  readonly file: string;
  /** From 1; 0 when no line is to blame. */
  readonly line: number;
  readonly text: string;
  /** What to do about it, in our words. */
  readonly cure: string;
}

export interface LookupTable {
  /** `hash:/etc/aliases` as configured. */
  readonly name: string;
  /** hash, btree, texthash, inline, static, regexp, pcre, cidr, unix, fail. */
  readonly type: string;
  /** Pattern tables (regexp, pcre, cidr) see the whole key once; indexed ones are asked for partial keys (access(5)). */
  readonly isPattern: boolean;
  readonly problems: readonly TableProblem[];
  lookup(key: string): Promise<LookupResult>;
}

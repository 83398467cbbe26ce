/**
 * table - the face of every lookup table (DATABASE_README, postmap(1)).
 *
 * One file a type beside this one. A table never throws on lookup: an unavailable table answers `error`, which smtpd turns into 451 and delivery into
 * a deferral. Keys are folded by the table where its type folds.
 */

import type { ConfigWarning } from '../config.ts';

export type LookupResult =
  | { readonly kind: 'found'; readonly value: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'error'; readonly reason: string };

export interface LookupTable {
  /** `hash:/etc/aliases` as configured. */
  readonly name: string;
  /** hash, btree, texthash, inline, static, regexp, pcre, cidr, unix, fail. */
  readonly type: string;
  /** Pattern tables (regexp, pcre, cidr) see the whole key once; indexed ones are asked for partial keys (access(5)). */
  readonly isPattern: boolean;
  /** What was wrong with the text when it was read; those lines are left out. */
  readonly warnings?: readonly ConfigWarning[];
  /** Why no lookup can succeed, when that is known already: no such file, no such type. */
  readonly unavailable?: string;
  lookup(key: string): Promise<LookupResult>;
}

/**
 * marks - a symbol for each verdict, so that colour is never the only sign.
 */
import type { VerdictKind } from '../lab.ts';

export const symbols: Readonly<Record<VerdictKind, string>> = {
  pass: '✓',
  fail: '✗',
  warning: '!',
  'not-run': '-',
  waiting: '…',
  inconclusive: '?',
  error: 'E',
};

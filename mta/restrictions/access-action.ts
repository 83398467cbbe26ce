/**
 * access-action - the right-hand side of access(5), also a policy service's answer: what is to be done.
 *
 * An action that is written wrongly (REDIRECT without an address) is a warning that names table and key, and counts for nothing.
 */
import type { MessageActions } from '../message.ts';
import { later, objectOf, objectWords, refuse } from './refusal.ts';
import { dunno, permit, type ListKind, type RestrictionContext, type RestrictionResult } from './restriction.ts';

/** Where an action was found, for warnings: `hash:/etc/postfix/access` and the key, or a policy server. */
export interface ActionSource {
  readonly table: string;
  readonly key: string;
}

/** Reads `REJECT text`, `OK`, `450 text`, `HOLD text`...; anything else is a list of restrictions, which evaluate.ts asks. */
export async function readAccessAction(
  context: RestrictionContext,
  written: string,
  source: ActionSource,
  list: ListKind = context.list,
): Promise<RestrictionResult> {
  const text = written.trim();
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  const { config } = context;
  if (/^\d+$/.test(text)) return permit; // a number alone, even 550, is OK
  if (/^[45]\d\d$/.test(word)) return withStatus(context, Number(word), `${word.charAt(0)}.7.1`, rest, list);
  switch (word.toUpperCase()) {
    case 'OK':
    case 'PERMIT':
      return permit;
    case 'DUNNO':
      return dunno;
    case 'REJECT':
      return withStatus(context, config.integer('access_map_reject_code'), '5.7.1', rest || 'Access denied', list);
    case 'DEFER':
      return withStatus(context, config.integer('access_map_defer_code'), '4.7.1', rest || 'Access denied', list);
    case 'DEFER_IF_PERMIT':
      return later(withStatus(context, 450, '4.7.1', rest || 'Service unavailable', list), 'defer-if-permit');
    case 'DEFER_IF_REJECT':
      return later(withStatus(context, 450, '4.7.1', rest || 'Service unavailable', list), 'defer-if-reject');
    default:
      return messageAction(context, word.toUpperCase(), rest, source, list) ?? { kind: 'restrictions', text };
  }
}

/** What these actions need after them. */
const needs: Readonly<Record<string, readonly [pattern: RegExp, words: string]>> = {
  FILTER: [/^[^\s:]+:./, 'transport:destination'],
  REDIRECT: [/^\S+@\S+$/, 'user@domain target'],
  BCC: [/^\S+@\S+$/, 'user@domain target'],
  PREPEND: [/^[!-9;-~]+:/, 'header: text'],
};

function messageAction(
  context: RestrictionContext,
  word: string,
  rest: string,
  { table, key }: ActionSource,
  list: ListKind,
): RestrictionResult | undefined {
  const [pattern, words] = needs[word] ?? [];
  if (pattern && !pattern.test(rest)) {
    context.warn(`access table ${table} entry "${key}" requires ${words}`);
    return dunno;
  }
  const act = (actions: MessageActions, text: string): RestrictionResult => ({
    kind: 'action',
    actions,
    log: { word: word.toLowerCase(), text: `<${objectOf(context, list)}>: ${objectWords[list]} ${text}` },
  });
  switch (word) {
    case 'HOLD':
      return context.actions.hold ? dunno : act({ hold: true }, rest || 'triggers HOLD action');
    case 'DISCARD':
      return act({ discard: true }, rest || 'triggers DISCARD action');
    case 'FILTER':
      return act({ filter: rest }, `triggers FILTER ${rest}`);
    case 'REDIRECT':
      return act({ redirect: rest }, `triggers REDIRECT ${rest}`);
    case 'BCC':
      return act({ bcc: [rest] }, `triggers BCC ${rest}`);
    case 'PREPEND':
      return { kind: 'action', actions: { prepend: [rest] } };
    case 'WARN':
    case 'INFO':
      return { kind: 'action', actions: {}, log: { word: word.toLowerCase(), text: rest } };
    default:
      return undefined;
  }
}

/** The text may begin with an enhanced status of its own. */
function withStatus(
  context: RestrictionContext,
  code: number,
  status: string,
  text: string,
  list: ListKind,
): RestrictionResult {
  const [, own, rest = text] = /^([45]\.\d{1,3}\.\d{1,3})\s+(.*)$/s.exec(text) ?? [];
  return refuse(context, code, own ?? status, rest, list);
}

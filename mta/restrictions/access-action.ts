/**
 * access-action - the right-hand side of access(5), also a policy service's answer: what is to be done.
 */
import type { MessageActions } from '../message.ts';
import { objectOf, objectWords, refuse } from './refusal.ts';
import { dunno, permit, type ListKind, type RestrictionContext, type RestrictionResult } from './restriction.ts';

/** Reads `REJECT text`, `OK`, `450 text`, `HOLD text`...; anything else is a list of restrictions, which evaluate.ts asks. */
export async function readAccessAction(
  context: RestrictionContext,
  text: string,
  list: ListKind = context.list,
): Promise<RestrictionResult> {
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text.trim()) ?? [];
  const { config } = context;
  if (/^[45]\d\d$/.test(word)) return numericReply(context, word, rest, list);
  if (/^\d+$/.test(word)) return permit;
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
    case 'DEFER_IF_REJECT': {
      const refusal = withStatus(context, 450, '4.7.1', rest || 'Service unavailable', list);
      return refusal.kind === 'reject'
        ? { ...refusal, kind: word.toUpperCase() === 'DEFER_IF_PERMIT' ? 'defer-if-permit' : 'defer-if-reject' }
        : refusal;
    }
    default:
      return messageAction(context, word.toUpperCase(), rest, list) ?? { kind: 'restrictions', text };
  }
}

function messageAction(
  context: RestrictionContext,
  word: string,
  rest: string,
  list: ListKind,
): RestrictionResult | undefined {
  const what = `<${objectOf(context, list)}>: ${objectWords[list]}`;
  const act = (actions: MessageActions, text: string): RestrictionResult => ({
    kind: 'action',
    actions,
    log: { word: word.toLowerCase(), text: `${what} ${text}` },
  });
  switch (word) {
    case 'HOLD':
      return act({ hold: true }, rest || 'triggers HOLD action');
    case 'DISCARD':
      return act({ discard: true }, rest || 'triggers DISCARD action');
    case 'FILTER':
      return act({ filter: rest }, `triggers FILTER ${rest}`);
    case 'REDIRECT':
      return act({ redirect: rest }, `triggers REDIRECT ${rest}`);
    case 'BCC':
      return act({ bcc: [rest] }, `triggers BCC ${rest}`);
    case 'PREPEND':
      return act({ prepend: [rest] }, `triggers PREPEND ${rest}`);
    case 'WARN':
    case 'INFO':
      return { kind: 'action', actions: {}, log: { word: word.toLowerCase(), text: rest } };
    default:
      return undefined;
  }
}

function numericReply(context: RestrictionContext, code: string, rest: string, list: ListKind): RestrictionResult {
  return withStatus(context, Number(code), code.startsWith('4') ? '4.7.1' : '5.7.1', rest || 'Access denied', list);
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

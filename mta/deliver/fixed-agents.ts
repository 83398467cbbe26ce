/**
 * fixed-agents - transports that never deliver: error(8), retry and discard(8).
 *
 * The nexthop is the text: `error:5.1.2 no such place`.
 */
import type { DeliveryAgent } from './agent.ts';
import { allRecipients } from './outcome.ts';

/** Bounces everything with the nexthop's text. */
export const errorAgent: DeliveryAgent = {
  deliver: async (request) => {
    const [, dsn = '5.0.0', text = request.nexthop] = /^([45]\.\d+\.\d+)\s+(.*)$/s.exec(request.nexthop) ?? [];
    return allRecipients(request, dsn.startsWith('4') ? 'deferred' : 'bounced', dsn, text);
  },
};

/** Defers everything with the nexthop's text. */
export const retryAgent: DeliveryAgent = {
  deliver: async (request) => {
    const [, dsn = '4.0.0', text = request.nexthop] = /^(4\.\d+\.\d+)\s+(.*)$/s.exec(request.nexthop) ?? [];
    return allRecipients(request, 'deferred', dsn, text);
  },
};

/** Throws everything away and reports success. */
export const discardAgent: DeliveryAgent = {
  deliver: async (request) =>
    allRecipients(request, 'sent', '2.0.0', request.nexthop === '' ? 'discarded' : request.nexthop, 'none'),
};

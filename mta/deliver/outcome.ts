/**
 * outcome - short ways to write what became of a recipient.
 */
import type { DeliveryRequest, RecipientOutcome } from './agent.ts';

/** An outcome without a remote party. */
export function localOutcome(
  index: number,
  status: RecipientOutcome['status'],
  dsn: string,
  text: string,
  relay: string,
): RecipientOutcome {
  return { index, status, dsn, text, relay, connectSeconds: 0, transmitSeconds: 0 };
}

/** The same for every recipient of the request. */
export function allRecipients(
  request: DeliveryRequest,
  status: RecipientOutcome['status'],
  dsn: string,
  text: string,
  relay = 'none',
): RecipientOutcome[] {
  return request.recipients.map(({ index }) => localOutcome(index, status, dsn, text, relay));
}

/**
 * reject-rbl-client - reject_rbl_client D: the client's address is in a DNS block list (RFC 5782).
 */
import { isInList, refuseListed, reversedAddress } from './dns-list.ts';
import { dunno, type Restriction } from './restriction.ts';

export const rejectRblClient: Restriction = async (context, list) => {
  const { address } = context.client;
  const name = reversedAddress(address);
  if (name === undefined || !(await isInList(context, list, name))) return dunno;
  return refuseListed(context, { list, name, words: 'Client host', what: address });
};

/**
 * permit-inet-interfaces - permit_inet_interfaces: the client is this host itself.
 */
import { dunno, permit, type Restriction } from './restriction.ts';

export const permitInetInterfaces: Restriction = async ({ deps, client }) =>
  deps.interfaces.some(({ address }) => address === client.address) || client.address.startsWith('127.')
    ? permit
    : dunno;

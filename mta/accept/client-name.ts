/**
 * client-name - who is calling: the PTR name of the client's address, and whether it leads back (postconf: smtpd_peername_lookup; RFC 8601 section 3, iprev).
 */
import type { ClientInfo } from '../message.ts';
import type { MtaDeps } from '../mta-deps.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';

/** Looks the name up; `warn` gets Postfix's warning when it does not lead back. */
export async function findClient(
  deps: MtaDeps,
  address: string,
  port: number,
  lookUp: boolean,
  warn: (text: string) => void,
): Promise<ClientInfo> {
  const unknown = (nameStatus: ClientInfo['nameStatus'], reverseName = 'unknown'): ClientInfo => ({
    address,
    port,
    name: 'unknown',
    reverseName,
    nameStatus,
  });
  if (address === '127.0.0.1') return { address, port, name: 'localhost', reverseName: 'localhost', nameStatus: 'ok' };
  if (!lookUp) return unknown('no-ptr');
  const reverse = await deps.resolver.ptr(address);
  if (reverse.kind === 'tempfail') return unknown('tempfail');
  const name = reverse.kind === 'found' ? reverse.records[0] : undefined;
  if (name === undefined || name === '') return unknown('no-ptr');
  const forward = await deps.resolver.a(name);
  if (forward.kind === 'found' && forward.records.includes(address))
    return { address, port, name, reverseName: name, nameStatus: 'ok' };
  warn(forward.kind === 'found' ? smtpdLines.nameMismatch(name, address) : smtpdLines.nameMissing(name, address));
  return unknown(forward.kind === 'tempfail' ? 'tempfail' : 'forward-mismatch', name);
}

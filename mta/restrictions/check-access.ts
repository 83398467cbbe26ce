/**
 * check-access - check_{client,helo,sender,recipient}_access: what a table says of the client, name or address (access(5)).
 */
import { addressKeys, parentDomains } from '../config/lookup-address.ts';
import type { LookupTable } from '../config/tables/table.ts';
import { readAccessAction } from './access-action.ts';
import { lookupFailure, objectOf } from './refusal.ts';
import {
  dunno,
  type ListKind,
  type Restriction,
  type RestrictionContext,
  type RestrictionResult,
} from './restriction.ts';

/** By the client's name, its parent domains, its address and the networks it is in. */
export const checkClientAccess: Restriction = async (context, argument) => {
  const { client } = context;
  const table = await context.config.table(argument);
  const names = client.name === 'unknown' ? ['unknown'] : hostKeys(context, client.name);
  return lookKeys(
    context,
    table,
    table.isPattern ? [client.name, client.address] : [...names, ...addressPrefixes(client.address)],
    'client',
  );
};

/** By the HELO name and its parent domains. */
export const checkHeloAccess: Restriction = async (context, argument) => {
  if (context.helo === undefined) return dunno;
  const table = await context.config.table(argument);
  return lookKeys(context, table, table.isPattern ? [context.helo] : hostKeys(context, context.helo), 'helo');
};

export const checkSenderAccess: Restriction = async (context, argument) => {
  if (context.sender === undefined) return dunno;
  const table = await context.config.table(argument);
  return lookKeys(
    context,
    table,
    mailKeys(
      context,
      context.sender === '' ? context.config.text('smtpd_null_access_lookup_key') : context.sender,
      table.isPattern,
    ),
    'sender',
  );
};

export const checkRecipientAccess: Restriction = async (context, argument) => {
  if (context.recipient === undefined) return dunno;
  const table = await context.config.table(argument);
  return lookKeys(context, table, mailKeys(context, context.recipient, table.isPattern), 'recipient');
};

async function lookKeys(
  context: RestrictionContext,
  table: LookupTable,
  keys: readonly string[],
  list: ListKind,
): Promise<RestrictionResult> {
  for (const key of keys) {
    const found = await table.lookup(key);
    if (found.kind === 'error') {
      context.warn(found.reason);
      return lookupFailure(objectOf(context, list), found.reason);
    }
    if (found.kind === 'found') return readAccessAction(context, found.value, list);
  }
  return dunno;
}

function plainParents(context: RestrictionContext): boolean {
  return context.config.list('parent_domain_matches_subdomains').includes('smtpd_access_maps');
}

function hostKeys(context: RestrictionContext, name: string): string[] {
  return [name, ...parentDomains(name, plainParents(context))];
}

/** `1.2.3.4`, `1.2.3`, `1.2`, `1`. */
function addressPrefixes(address: string): string[] {
  const octets = address.split('.');
  return octets.map((_octet, index) => octets.slice(0, octets.length - index).join('.'));
}

function mailKeys(context: RestrictionContext, address: string, isPattern: boolean): string[] {
  if (isPattern || address.startsWith('<')) return [address];
  return addressKeys(address, {
    style: 'access',
    delimiter: context.config.text('recipient_delimiter'),
    plainParents: plainParents(context),
    isOwnDomain: false,
  });
}

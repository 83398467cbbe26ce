/**
 * check-access - check_{client,reverse_client_hostname,helo,sender,recipient,etrn,sasl}_access: what a table says of the client, a name or an address (access(5)).
 */
import { addressKeys, parentDomains } from '../config/lookup-address.ts';
import { resolveAddress } from '../config/resolve-address.ts';
import type { LookupTable } from '../config/tables/table.ts';
import { readAccessAction } from './access-action.ts';
import { configurationError, refuse } from './refusal.ts';
import {
  dunno,
  type ListKind,
  type Restriction,
  type RestrictionContext,
  type RestrictionResult,
} from './restriction.ts';

/** A restriction that asks its table about what `keysOf` gives; undefined where there is nothing to ask about yet. */
function checkAccess(
  name: string,
  list: ListKind,
  keysOf: (context: RestrictionContext, table: LookupTable) => Promise<readonly string[] | undefined>,
): Restriction {
  return async (context, argument) => {
    const table = await openArgument(context, name, argument);
    if (!table) return configurationError(`${name} ${argument}`);
    const keys = await keysOf(context, table);
    return keys === undefined ? dunno : lookUpKeys(context, table, keys, list);
  };
}

/** By the client's name, its parent domains, its address and the networks it is in. */
export const checkClientAccess = checkAccess('check_client_access', 'client', async (context, table) => {
  const { name, address } = context.client;
  return table.isPattern ? [name, address] : [...hostKeys(context, name), ...addressPrefixes(address)];
});

/** By the name that the client's PTR gives, whether it leads back or not. */
export const checkReverseClientHostnameAccess = checkAccess(
  'check_reverse_client_hostname_access',
  'reverse-client',
  async (context, table) => {
    const { reverseName, address } = context.client;
    return table.isPattern ? [reverseName, address] : [...hostKeys(context, reverseName), ...addressPrefixes(address)];
  },
);

/** By the HELO name and its parent domains. */
export const checkHeloAccess = checkAccess('check_helo_access', 'helo', async (context, table) =>
  context.helo === undefined ? undefined : domainKeys(context, table, context.helo),
);

export const checkSenderAccess = checkAccess('check_sender_access', 'sender', async (context, table) =>
  context.sender === undefined ? undefined : mailKeys(context, context.sender, table.isPattern),
);

export const checkRecipientAccess = checkAccess('check_recipient_access', 'recipient', async (context, table) =>
  context.recipient === undefined ? undefined : mailKeys(context, context.recipient, table.isPattern),
);

/** By ETRN's argument and its parent domains. */
export const checkEtrnAccess = checkAccess('check_etrn_access', 'etrn', async (context, table) =>
  context.etrnDomain === undefined ? undefined : domainKeys(context, table, context.etrnDomain),
);

/** By the name that the client logged in with. */
export const checkSaslAccess = checkAccess('check_sasl_access', 'sasl', async ({ sasl }) =>
  sasl ? [sasl.username] : undefined,
);

/** The table that a restriction names; undefined, with Postfix's warning, when it is no `type:name`. */
export async function openArgument(
  context: RestrictionContext,
  restriction: string,
  argument: string,
): Promise<LookupTable | undefined> {
  if (/^[a-z-]+:/.test(argument)) return context.config.table(argument);
  context.warn(`restriction ${restriction}: bad argument "${argument}": need maptype:mapname`);
  return undefined;
}

/** Asks for one key after the other, in lower case as Postfix does; the first answer counts. */
export async function lookUpKeys(
  context: RestrictionContext,
  table: LookupTable,
  keys: readonly string[],
  list: ListKind,
): Promise<RestrictionResult> {
  for (const written of keys) {
    const key = written.toLowerCase();
    const found = await table.lookup(key);
    if (found.kind === 'error') {
      context.warn(found.reason);
      context.warn(`${table.name} lookup error for "${key}"`);
      return tableFault(context, list, found.reason);
    }
    if (found.kind === 'found' && found.value === '') {
      context.warn(`${table.name} lookup of ${key} returns an empty string result`);
      context.warn(`${table.name} should return NO RESULT in case of NOT FOUND`);
      return tableFault(context, list, 'empty result');
    }
    if (found.kind === 'found') return readAccessAction(context, found.value, { table: table.name, key }, list);
  }
  return dunno;
}

function tableFault(context: RestrictionContext, list: ListKind, reason: string): RestrictionResult {
  const refusal = refuse(context, 451, '4.3.5', 'Server configuration error', list);
  return refusal.kind === 'reject' ? { ...refusal, reason, isFault: true } : refusal;
}

function plainParents(context: RestrictionContext): boolean {
  return context.config.list('parent_domain_matches_subdomains').includes('smtpd_access_maps');
}

/** A name and its parent domains. */
export function domainKeys(context: RestrictionContext, table: LookupTable, name: string): string[] {
  return table.isPattern ? [name] : hostKeys(context, name);
}

function hostKeys(context: RestrictionContext, name: string): string[] {
  return [name, ...parentDomains(name, plainParents(context))];
}

/** `1.2.3.4`, `1.2.3`, `1.2`, `1`. */
export function addressPrefixes(address: string): string[] {
  const octets = address.split('.');
  return octets.map((_octet, index) => octets.slice(0, octets.length - index).join('.'));
}

/** The address is looked up as it resolves: `user%outside@here` as `user@outside`. */
async function mailKeys(context: RestrictionContext, address: string, isPattern: boolean): Promise<string[]> {
  const { config, deps } = context;
  if (address === '') return [config.text('smtpd_null_access_lookup_key')];
  const resolved = await resolveAddress(
    config,
    address,
    deps.interfaces.map((each) => each.address),
  );
  const final = resolved.kind === 'resolved' ? resolved.address : address;
  if (isPattern) return [final];
  return addressKeys(final, {
    style: 'access',
    delimiter: config.text('recipient_delimiter'),
    plainParents: plainParents(context),
    isOwnDomain: false,
  });
}

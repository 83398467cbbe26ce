/**
 * route - which transport and nexthop a recipient gets (trivial-rewrite(8), transport(5)).
 *
 * The address class gives a default; relayhost replaces the nexthop of foreign mail; transport_maps overrides all.
 */
import type { PostfixConfig } from '../config/config.ts';
import { lookupAddress, lookupWarnings } from '../config/lookup-address.ts';
import { resolveAddress } from '../config/resolve-address.ts';
import type { Route } from './agent.ts';

export type Routed =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'deferred'; readonly dsn: string; readonly text: string; readonly warnings: readonly string[] };

/** Resolves one recipient. `sender` decides sender-dependent settings. */
export async function routeRecipient(
  config: PostfixConfig,
  recipient: string,
  sender: string,
  ownAddresses: readonly string[],
): Promise<Routed> {
  const resolved = await resolveAddress(config, recipient, ownAddresses);
  if (resolved.kind === 'error') return unresolved(resolved.warnings);
  const domain = resolved.domain ?? config.text('myhostname');
  const base = await classRoute(config, resolved.address, domain, sender, resolved.class);
  if (base.kind === 'deferred' || resolved.transport === undefined) return base;
  return { kind: 'route', route: applyTransport(resolved.transport, base.route, domain) };
}

function unresolved(warnings: readonly string[]): Routed {
  return { kind: 'deferred', dsn: '4.3.0', text: 'address resolver failure', warnings };
}

async function classRoute(
  config: PostfixConfig,
  address: string,
  domain: string,
  sender: string,
  addressClass: string,
): Promise<Routed> {
  const route = (text: string, fallback: string): Routed => {
    const { transport, nexthop } = splitTransport(text);
    return { kind: 'route', route: { transport, nexthop: nexthop === '' ? fallback : nexthop, recipient: address } };
  };
  switch (addressClass) {
    case 'local':
      return route(config.text('local_transport'), domain);
    case 'virtual-alias':
      return {
        kind: 'route',
        route: { transport: 'error', nexthop: '5.1.1 User unknown in virtual alias table', recipient: address },
      };
    case 'virtual-mailbox':
      return route(config.text('virtual_transport'), domain);
    case 'relay':
      return route(config.text('relay_transport'), domain);
    default: {
      const found = await senderRelayhost(config, sender);
      if (found.kind === 'unknown') return unresolved(found.warnings);
      return route(config.text('default_transport'), found.relayhost === '' ? domain : found.relayhost);
    }
  }
}

type SenderRelayhost =
  /** '': the recipient's domain itself. */
  | { readonly kind: 'known'; readonly relayhost: string }
  | { readonly kind: 'unknown'; readonly warnings: readonly string[] };

/** relayhost, or what sender_dependent_relayhost_maps says. */
async function senderRelayhost(config: PostfixConfig, sender: string): Promise<SenderRelayhost> {
  const found = await lookupAddress(await config.maps('sender_dependent_relayhost_maps'), sender, {
    style: 'recipient',
    delimiter: '',
    plainParents: true,
    isOwnDomain: false,
  });
  if (found.kind === 'error')
    return {
      kind: 'unknown',
      warnings: [...lookupWarnings(found), 'sender_dependent_relayhost_maps lookup failure'],
    };
  const isTold = found.kind === 'found' && found.value.toUpperCase() !== 'DUNNO';
  return { kind: 'known', relayhost: isTold ? found.value : config.text('relayhost') };
}

/** transport(5): an empty transport or nexthop keeps what there is; `smtp:` alone goes back to the recipient's domain. */
function applyTransport(value: string, base: Route, domain: string): Route {
  if (value.trim() === ':') return base;
  const { transport, nexthop } = splitTransport(value.trim());
  if (transport === '') return { ...base, nexthop: nexthop === '' ? base.nexthop : nexthop };
  return { ...base, transport, nexthop: nexthop === '' ? domain : nexthop };
}

/** `smtp:[host]:25` -> transport and nexthop. A value without a colon is a transport. */
function splitTransport(text: string): { transport: string; nexthop: string } {
  const colon = text.indexOf(':');
  return colon < 0
    ? { transport: text, nexthop: '' }
    : { transport: text.slice(0, colon), nexthop: text.slice(colon + 1) };
}

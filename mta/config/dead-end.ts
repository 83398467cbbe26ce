/**
 * dead-end - does an address lead to error(8) or retry, so that its mail could only come back? smtpd says so at once (smtpd(8), transport(5)).
 */
import type { PostfixConfig } from './config.ts';
import type { Resolved } from './resolve-address.ts';

export interface DeadEnd {
  readonly kind: 'dead-end';
  readonly code: number;
  /** The status that the transport's text begins with. */
  readonly dsn: string | undefined;
  readonly text: string;
}

const classTransports = {
  local: 'local_transport',
  'virtual-alias': undefined,
  'virtual-mailbox': 'virtual_transport',
  relay: 'relay_transport',
  other: 'default_transport',
} as const;

export function findDeadEnd(config: PostfixConfig, resolved: Resolved & { kind: 'resolved' }): DeadEnd | undefined {
  const parameter = classTransports[resolved.class];
  const usual = parameter === undefined ? '' : config.text(parameter);
  // A route without transport keeps the usual one.
  const route = resolved.transport === undefined || /^:/.test(resolved.transport) ? usual : resolved.transport;
  const [, transport, said = ''] = /^(error|retry)(?::(.*))?$/s.exec(route.trim()) ?? [];
  if (transport === undefined) return undefined;
  const [, dsn, text = said.trim()] = /^([245]\.\d{1,3}\.\d{1,3})\s+(.*)$/s.exec(said.trim()) ?? [];
  return {
    kind: 'dead-end',
    code: transport === 'error' ? 550 : 450,
    dsn,
    text: text === '' ? 'Address is undeliverable' : text,
  };
}

/**
 * smtpd-lines - what smtpd(8) writes to the mail log, one function a line shape.
 */
import { formatAddress } from '#mail/address.ts';
import type { ClientInfo } from '../message.ts';

/** `name[address]`, as everywhere in the log. */
export function clientText(client: Pick<ClientInfo, 'name' | 'address'>): string {
  return `${client.name}[${client.address}]`;
}

export interface TransactionWords {
  readonly sender: string | undefined;
  readonly recipient: string | undefined;
  readonly protocol: string;
  readonly helo: string | undefined;
}

/** `from=<> to=<> proto=ESMTP helo=<>`: what is known at that stage. */
function transactionText({ sender, recipient, protocol, helo }: TransactionWords): string {
  return [
    ...(sender === undefined ? [] : [`from=<${formatAddress(sender)}>`]),
    ...(recipient === undefined ? [] : [`to=<${formatAddress(recipient)}>`]),
    `proto=${protocol}`,
    ...(helo === undefined ? [] : [`helo=<${helo}>`]),
  ].join(' ');
}

/** Accepted and total numbers of one command. */
export interface CommandCount {
  readonly name: string;
  readonly accepted: number;
  readonly total: number;
}

export const smtpdLines = {
  connect: (client: ClientInfo) => `connect from ${clientText(client)}`,
  nameMismatch: (name: string, address: string) => `hostname ${name} does not resolve to address ${address}`,
  nameMissing: (name: string, address: string) =>
    `hostname ${name} does not resolve to address ${address}: Name or service not known`,
  client: (queueId: string, client: ClientInfo, sasl?: { method: string; username: string; sender: string }) =>
    `${queueId}: client=${clientText(client)}${sasl ? `, sasl_method=${sasl.method}, sasl_username=${sasl.username}${sasl.sender === '' ? '' : `, sasl_sender=${sasl.sender}`}` : ''}`,
  reject: (
    queueId: string | undefined,
    action: string,
    stage: string,
    client: ClientInfo,
    reply: string,
    words: TransactionWords,
  ) => `${queueId ?? 'NOQUEUE'}: ${action}: ${stage} from ${clientText(client)}: ${reply}; ${transactionText(words)}`,
  disconnect: (client: ClientInfo, counts: readonly CommandCount[]) => {
    const all = [
      ...counts,
      counts.reduce(
        (sum, each) => ({ name: 'commands', accepted: sum.accepted + each.accepted, total: sum.total + each.total }),
        { name: 'commands', accepted: 0, total: 0 },
      ),
    ];
    const texts = all.map(
      ({ name, accepted, total }) => `${name}=${accepted === total && total > 0 ? total : `${accepted}/${total}`}`,
    );
    return `disconnect from ${clientText(client)} ${texts.join(' ')}`;
  },
  lostConnection: (stage: string, client: ClientInfo) => `lost connection after ${stage} from ${clientText(client)}`,
  timeout: (stage: string, client: ClientInfo) => `timeout after ${stage} from ${clientText(client)}`,
  tooManyErrors: (stage: string, client: ClientInfo) => `too many errors after ${stage} from ${clientText(client)}`,
  nonSmtpCommand: (client: ClientInfo, line: string) => `non-SMTP command from ${clientText(client)}: ${line}`,
  badAddress: (client: ClientInfo, command: string, address: string) =>
    `Illegal address syntax from ${clientText(client)} in ${command} command: ${address}`,
  improperPipelining: (stage: string, client: ClientInfo, text: string) =>
    `improper command pipelining after ${stage} from ${clientText(client)}: ${text}`,
  requestTooLong: (client: ClientInfo, limit: number, line: string) =>
    `${clientText(client)}: request longer than ${limit}: ${line.slice(0, 30)}...`,
  saslAborted: (client: ClientInfo, method: string) => `${clientText(client)}: SASL ${method} authentication aborted`,
  saslFailed: (client: ClientInfo, method: string, reason: string) =>
    `${clientText(client)}: SASL ${method} authentication failed: ${reason}`,
  tlsEstablished: (client: ClientInfo, words: string) =>
    `Anonymous TLS connection established from ${clientText(client)}: ${words}`,
  tlsError: (client: ClientInfo, reason: string) => `SSL_accept error from ${clientText(client)}: ${reason}`,
  tlsLibrary: (reason: string) => `TLS library problem: ${reason}:`,
  connectionLimit: (client: ClientInfo, count: number, service: string) =>
    `Connection concurrency limit exceeded: ${count} from ${clientText(client)} for service ${service}`,
  unknownRestriction: (name: string) => `unknown smtpd restriction: "${name}"`,
  malformedBdat: (queueId: string | undefined, client: ClientInfo, line: string) =>
    `${queueId ?? 'NOQUEUE'}: malformed BDAT command syntax from ${clientText(client)}: ${line.slice(0, 100)}`,
  queueFileLimit: (queueId: string) => `${queueId}: queue file size limit exceeded`,
} as const;

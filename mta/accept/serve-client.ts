/**
 * serve-client - one client of smtpd, from its connection to its end: who it is, whether it may come in, and its session (smtpd(8)).
 *
 * What the configuration lacks is told first: a relay that nothing guards and a value that Postfix would die of turn the client away without a word, and the log says why (postconf(5)).
 */
import type net from 'node:net';
import { reply } from '#mail/reply.ts';
import { FatalConfigError } from '../config/config.ts';
import { logTableProblems } from '../config/tables/problems.ts';
import type { ProcessLog } from '../log/mail-log.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import { findClient } from './client-name.ts';
import { relayFault } from './decide.ts';
import { runSession, writeReply } from './session.ts';
import { SessionState, type SmtpdOptions } from './session-state.ts';
import { certificateWarnings, wrapTls } from './starttls.ts';
import { asciiLog } from './unicode-address.ts';

/** Where smtpd's tables are named: opened, and found wanting, before the client is greeted. */
const tableParameters = [
  'canonical_maps',
  'sender_canonical_maps',
  'recipient_canonical_maps',
  'mydestination',
  'local_recipient_maps',
  'virtual_alias_maps',
  'virtual_mailbox_maps',
  'relay_recipient_maps',
  'mynetworks',
  'relay_domains',
  'smtpd_client_restrictions',
  'smtpd_helo_restrictions',
  'smtpd_sender_restrictions',
  'smtpd_relay_restrictions',
  'smtpd_recipient_restrictions',
  'smtpd_etrn_restrictions',
  'smtpd_data_restrictions',
  'smtpd_end_of_data_restrictions',
  'smtpd_sender_login_maps',
  'rbl_reply_maps',
];

export interface ArrivedClient {
  readonly options: SmtpdOptions;
  readonly socket: net.Socket;
  /** In the lab. */
  readonly address: string;
  readonly serverAddress: string;
  /** Sessions of this address that are under way, with this one. */
  readonly count: number;
  /** Of this configuration: what concerns its certificate is logged. */
  readonly isFirst: boolean;
}

/** @throws Error for a fault of ours; what is wrong with the configuration goes to the log */
export async function serveClient(client: ArrivedClient): Promise<void> {
  const log = logOf(client.options);
  try {
    await serve(client, log);
  } catch (error) {
    if (!(error instanceof FatalConfigError)) throw error;
    log.fatal(error.message);
  }
}

function logOf({ config, service, deps }: SmtpdOptions): ProcessLog {
  const log = deps.log.process(`${config.expand('$syslog_name', new Map([['service_name', service.name]]))}/smtpd`);
  return config.bool('smtputf8_enable') ? log : asciiLog(log);
}

async function serve(arrived: ArrivedClient, log: ProcessLog): Promise<void> {
  const { options, socket, address, serverAddress, isFirst } = arrived;
  const { deps, config } = options;
  const fault = relayFault(config, (text) => log.warning(text));
  if (fault) return void log.fatal(fault);
  // The certificate is loaded when smtpd starts.
  if (isFirst) for (const text of await certificateWarnings(config, deps)) log.warning(text);
  await logTableProblems(config, tableParameters, log);
  const client = await findClient(deps, address, socket.remotePort ?? 0, config.bool('smtpd_peername_lookup'), (text) =>
    log.warning(text),
  );
  if (await isOneTooMany(arrived)) {
    log.warning(smtpdLines.connectionLimit(client, arrived.count, options.service.name));
    return writeReply(
      socket,
      reply(`421 4.7.0 ${config.text('myhostname')} Error: too many connections from ${address}`),
    );
  }
  const port = deps.wire.toServicePort(socket.localPort ?? 0);
  const state = new SessionState(options, socket, client, log, { address: serverAddress, port });
  if (config.bool('smtpd_tls_wrappermode') && !(await wrapTls(state))) return;
  await runSession(state);
}

async function isOneTooMany({ options: { config }, address, count }: ArrivedClient): Promise<boolean> {
  return (
    count > config.integer('smtpd_client_connection_count_limit') &&
    (await config.matches('smtpd_client_event_limit_exceptions', address)).kind !== 'match'
  );
}

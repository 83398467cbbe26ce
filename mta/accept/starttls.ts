/**
 * starttls - STARTTLS and implicit TLS (RFC 3207, RFC 8314, TLS_README).
 *
 * After the handshake the session begins anew: what was said in plain text, or sent ahead, counts for nothing (RFC 3207 section 4.2, CVE-2011-0411).
 */
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { reply, type Reply } from '#mail/reply.ts';
import { withDeadline } from '#util/deadline.ts';
import { readTextAt } from '#util/host-text.ts';
import { lateTls } from '#util/late-modules.ts';
import type { PostfixConfig } from '../config/config.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import type { MtaDeps } from '../mta-deps.ts';
import type { SessionState } from './session-state.ts';

/** postconf: smtpd_tls_security_level, with the obsolete smtpd_use_tls and smtpd_enforce_tls. */
function level(config: PostfixConfig): string {
  const configured = config.text('smtpd_tls_security_level');
  if (configured !== '') return configured;
  return config.bool('smtpd_enforce_tls') ? 'encrypt' : config.bool('smtpd_use_tls') ? 'may' : 'none';
}

export function offersTls(state: SessionState): boolean {
  return state.tls === undefined && level(state.config) !== 'none';
}

export function tlsRequired(state: SessionState): boolean {
  return state.tls === undefined && level(state.config) === 'encrypt';
}

export async function startTls(state: SessionState, argument: string): Promise<Reply | undefined> {
  if (argument !== '') return reply('501 5.5.4 Syntax: STARTTLS');
  if (state.tls !== undefined) return reply('554 5.5.1 Error: TLS already active');
  if (!offersTls(state)) return reply('502 5.5.1 Error: command not implemented');
  const loaded = await loadContext(state.config, state.deps);
  if (loaded.kind === 'unusable') return reply('454 4.7.0 TLS not available due to local problem');
  await state.abandonTransaction();
  state.send(reply('220 2.0.0 Ready to start TLS'));
  await encrypt(state, loaded.context);
  return undefined;
}

/** Implicit TLS: the handshake comes before the greeting (smtpd_tls_wrappermode). False when it failed. */
export async function wrapTls(state: SessionState): Promise<boolean> {
  const loaded = await loadContext(state.config, state.deps);
  if (loaded.kind === 'unusable') return false;
  await encrypt(state, loaded.context);
  return !state.over;
}

async function encrypt(state: SessionState, context: SecureContext): Promise<void> {
  state.reader.detach();
  const secure = new (lateTls().TLSSocket)(state.stream as never, { isServer: true, secureContext: context });
  const established = new Promise<void>((resolve, reject) =>
    secure
      .once('secure', resolve)
      .once('error', reject)
      .once('close', () => reject(new Error('lost connection'))),
  );
  try {
    await withDeadline('TLS handshake', established, {
      clock: state.deps.clock,
      timeoutMs: state.config.durationMs('smtpd_starttls_timeout'),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    const library = /error:.*$/s.exec(reason)?.[0];
    state.log.info(smtpdLines.tlsError(state.client, library === undefined ? reason : '-1'));
    if (library !== undefined) state.log.warning(smtpdLines.tlsLibrary(library));
    state.log.info(smtpdLines.lostConnection('STARTTLS', state.client));
    state.over = true;
    state.lost = true;
    secure.destroy();
    return;
  }
  secure.on('error', () => secure.destroy());
  const { name, standardName } = secure.getCipher();
  const bits = /128/.test(name) ? 128 : 256;
  state.tls = `${secure.getProtocol()} with cipher ${standardName || name} (${bits}/${bits} bits)`;
  if (state.config.integer('smtpd_tls_loglevel') > 0)
    state.log.info(smtpdLines.tlsEstablished(state.client, state.tls));
  state.stream = secure as Duplex;
  state.reader.switchTo(secure);
  state.helo = undefined;
  state.sasl = undefined;
  state.pipelinedAhead = false;
}

/** What smtpd says of its certificate when it starts, if it wants one at all. */
export async function certificateWarnings(config: PostfixConfig, deps: MtaDeps): Promise<readonly string[]> {
  if (level(config) === 'none' && !config.bool('smtpd_tls_wrappermode')) return [];
  const loaded = await loadContext(config, deps);
  return loaded.kind === 'unusable' ? loaded.warnings : [];
}

/** Warnings are in Postfix's words. */
type LoadedContext =
  | { readonly kind: 'usable'; readonly context: SecureContext }
  | { readonly kind: 'unusable'; readonly warnings: readonly string[] };

/** Certificate and key of smtpd_tls_chain_files, or smtpd_tls_cert_file and smtpd_tls_key_file. */
async function loadContext(config: PostfixConfig, deps: MtaDeps): Promise<LoadedContext> {
  const unusable = (...warnings: string[]): LoadedContext => ({ kind: 'unusable', warnings });
  const chain = config.list('smtpd_tls_chain_files')[0];
  const certificateFile = chain ?? config.text('smtpd_tls_cert_file');
  const keyFile = chain ?? config.text('smtpd_tls_key_file');
  if (certificateFile === '') return unusable("No server certs available. TLS won't be enabled");
  const read = (file: string): Promise<string | undefined> =>
    readTextAt(deps.root.resolve(file)).catch(() => undefined);
  const [cert, key] = await Promise.all([read(certificateFile), read(keyFile)]);
  const inOneFile = `error loading private keys and certificates from: ${certificateFile}: disabling TLS support`;
  if (cert === undefined) return unusable(`error opening chain file: ${certificateFile}: No such file or directory`);
  if (!cert.includes('-----BEGIN ')) return unusable(`No PEM data in ${certificateFile}`, inOneFile);
  if (certificateFile === keyFile && !/-----BEGIN .*PRIVATE KEY-----/.test(cert))
    return unusable(`No private key found in ${certificateFile}`, inOneFile);
  try {
    return { kind: 'usable', context: lateTls().createSecureContext({ cert, key, minVersion: 'TLSv1.2' }) };
  } catch (error) {
    const library = /error:.*$/s.exec(error instanceof Error ? error.message : '')?.[0];
    return unusable(
      `cannot get RSA private key from file "${keyFile}": disabling TLS support`,
      ...(library === undefined ? [] : [smtpdLines.tlsLibrary(library)]),
    );
  }
}

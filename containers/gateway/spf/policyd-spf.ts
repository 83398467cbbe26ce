/**
 * policyd-spf - the SPF policy service that smtpd asks (SMTPD_POLICY_README, RFC 7208): refuses what a domain's SPF record forbids.
 *
 * Settings of `/etc/postfix-policyd-spf-python/policyd-spf.conf`: `HELO_reject` and `Mail_From_reject`, each Fail, Softfail, False or Null; `TestOnly = 1` refuses nothing; `skip_addresses`.
 * A result that does not refuse is told in a Received-SPF field.
 */
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { spf } from 'mailauth/lib/spf/index.js';
import { splitAddress } from '#mail/address.ts';
import { realResolve, type HostRoot } from '#util/host-root.ts';
import type { Resolver } from '#util/resolver.ts';
import type { SpawnProgram } from '#mta/mta-deps.ts';
import { toMailauthResolver } from './mailauth-resolver.ts';

interface SpfSettings {
  readonly heloReject: string;
  readonly mailFromReject: string;
  readonly testOnly: boolean;
  readonly skip: readonly string[];
}

/** Makes the program that master.cf's `argv=/usr/bin/policyd-spf` runs. */
export function createPolicydSpf(root: HostRoot, resolver: Resolver, hostname: string): SpawnProgram {
  return (stream) => void serve(stream, root, resolver, hostname).catch(() => stream.destroy());
}

async function serve(stream: Duplex, root: HostRoot, resolver: Resolver, hostname: string): Promise<void> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const request = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      text = text.slice(end + 2);
      stream.write(`action=${await judge(request, await readSettings(root), resolver, hostname)}\n\n`);
    }
  }
}

async function readSettings(root: HostRoot): Promise<SpfSettings> {
  const text = await realResolve(root, '/etc/postfix-policyd-spf-python/policyd-spf.conf')
    .then((file) => readFile(file, 'utf8'))
    .catch(() => '');
  const value = (name: string, fallback: string): string =>
    new RegExp(`^\\s*${name}\\s*=\\s*(.*?)\\s*(?:#.*)?$`, 'im').exec(text)?.[1] ?? fallback;
  return {
    heloReject: value('HELO_reject', 'Fail'),
    mailFromReject: value('Mail_From_reject', 'Fail'),
    testOnly: value('TestOnly', '1') === '0' ? false : /^TestOnly\s*=\s*1/im.test(text),
    skip: value('skip_addresses', '127.0.0.0/8').split(/[\s,]+/),
  };
}

async function judge(
  request: ReadonlyMap<string, string>,
  settings: SpfSettings,
  resolver: Resolver,
  hostname: string,
): Promise<string> {
  const client = request.get('client_address') ?? '';
  const sender = request.get('sender') ?? '';
  const helo = request.get('helo_name') ?? '';
  if (client === '' || client.startsWith('127.') || settings.skip.includes(client)) return 'DUNNO';
  const rejects = sender === '' ? settings.heloReject : settings.mailFromReject;
  const checked = (await spf({
    resolver: toMailauthResolver(resolver),
    ip: client,
    helo,
    sender,
    mta: hostname,
  } as never)) as { status: { result: string; comment?: string }; header?: string };
  const { result } = checked.status;
  const domain = sender === '' ? helo : (splitAddress(sender).domain ?? helo);
  if (!settings.testOnly && isRefused(result, rejects)) {
    const identity = sender === '' ? 'helo' : 'mailfrom';
    return `550 5.7.23 Message rejected due to: SPF ${result === 'softfail' ? 'softfail' : 'fail'} - not authorized. Please see http://www.open-spf.org/Why?s=${identity};id=${encodeURIComponent(sender || helo)};ip=${client};r=<UNKNOWN>`;
  }
  if (result === 'temperror') return settings.testOnly ? 'DUNNO' : 'DEFER_IF_PERMIT 4.7.24 SPF temporary error';
  return `PREPEND Received-SPF: ${result.charAt(0).toUpperCase()}${result.slice(1)} (mailfrom) identity=${sender === '' ? 'helo' : 'mailfrom'}; client-ip=${client}; helo=${helo.replace(/[^\w.[\]:-]/g, '')}; envelope-from=<${sender.replace(/[^\x21-\x7e]/g, '')}>; receiver=${hostname}; domain=${domain.replace(/[^\w.-]/g, '')}`;
}

/** `Softfail` refuses softfail as well. */
function isRefused(result: string, rejects: string): boolean {
  if (/^(false|null|no_check)$/i.test(rejects)) return false;
  return result === 'fail' || (/^softfail$/i.test(rejects) && result === 'softfail');
}

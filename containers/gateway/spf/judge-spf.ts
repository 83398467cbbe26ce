/**
 * judge-spf - what the SPF policy service answers to one request of smtpd (RFC 7208, RFC 7372 section 3.2).
 *
 * The HELO name is checked first, then the sender's domain; what is not refused is told in a Received-SPF field (RFC 7208 section 9.1).
 */
import ipaddr from 'ipaddr.js';
import type { Resolver } from '#util/resolver.ts';
import { toMailauthResolver } from '#util/mailauth-resolver.ts';
import type { RejectLevel, SpfSettings } from './spf-settings.ts';

export interface SpfRequest {
  readonly clientAddress: string;
  readonly helo: string;
  /** '' is the null reverse-path. */
  readonly sender: string;
  readonly recipient: string;
}

export type SpfResult = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror';

/** What smtpd is told; `text` without the action word. */
export type SpfAction =
  | { readonly kind: 'dunno' }
  | { readonly kind: 'prepend'; readonly text: string }
  | { readonly kind: 'reject'; readonly text: string }
  | { readonly kind: 'defer'; readonly text: string };

type Identity = 'helo' | 'mailfrom';
interface Checked {
  readonly identity: Identity;
  readonly result: SpfResult;
  readonly verdict: 'reject' | 'defer' | 'pass';
}

/** Never throws for a bad record or a silent name server: those are results too. */
export async function judgeSpf(
  request: SpfRequest,
  settings: SpfSettings,
  resolver: Resolver,
  hostname: string,
): Promise<SpfAction> {
  const bypass = await findBypass(request, settings, resolver);
  if (bypass !== undefined) return { kind: 'prepend', text: `X-Comment: ${bypass} - ${details(request, settings)}` };
  const check = async (identity: Identity): Promise<Checked> => {
    const result = await askSpf(request, identity, resolver, hostname);
    const level = identity === 'helo' ? settings.heloReject : settings.mailFromReject;
    return { identity, result, verdict: weigh(result, level, settings) };
  };
  const helo = settings.heloReject === 'no_check' ? undefined : await check('helo');
  const isHeloOnly = request.sender === '';
  if (helo && helo.verdict !== 'pass' && (isHeloOnly || settings.heloReject !== 'null'))
    return refuse(request, helo, settings);
  if (isHeloOnly) return helo ? tell(request, helo, settings) : { kind: 'dunno' };
  const mailFrom = settings.mailFromReject === 'no_check' ? undefined : await check('mailfrom');
  if (mailFrom && mailFrom.verdict !== 'pass') return refuse(request, mailFrom, settings);
  // The sender's result is told; the HELO result only where the sender's domain says nothing.
  const told =
    mailFrom && (mailFrom.result !== 'none' || !helo || helo.result === 'none') ? mailFrom : (helo ?? mailFrom);
  return told ? tell(request, told, settings) : { kind: 'dunno' };
}

function weigh(result: SpfResult, level: RejectLevel, settings: SpfSettings): Checked['verdict'] {
  if (result === 'temperror') return settings.tempErrorDefer ? 'defer' : 'pass';
  if (result === 'permerror' && settings.permErrorReject) return 'reject';
  const refused: Readonly<Record<RejectLevel, readonly SpfResult[]>> = {
    spf_not_pass: ['fail', 'softfail', 'neutral'],
    softfail: ['fail', 'softfail'],
    fail: ['fail'],
    null: ['fail'],
    false: [],
    no_check: [],
  };
  return refused[level].includes(result) ? 'reject' : 'pass';
}

async function askSpf(
  request: SpfRequest,
  identity: Identity,
  resolver: Resolver,
  hostname: string,
): Promise<SpfResult> {
  const sender = identity === 'mailfrom' ? request.sender : `postmaster@${request.helo}`; // RFC 7208 section 2.4
  // An address literal or a bare word is no domain to ask about (RFC 7208 section 2.3).
  if (identity === 'helo' && !/^[\w-]+(\.[\w-]+)+\.?$/.test(request.helo)) return 'none';
  // Loaded for the first question: it takes a host longer than all the rest of its start.
  const { spf } = await import('mailauth/lib/spf/index.js');
  try {
    const { status } = (await spf({
      resolver: toMailauthResolver(resolver),
      ip: request.clientAddress,
      helo: request.helo,
      sender,
      mta: hostname,
    } as never)) as { status: { result: string } };
    const results: readonly SpfResult[] = ['none', 'neutral', 'pass', 'fail', 'softfail', 'temperror', 'permerror'];
    return results.find((each) => each === status.result) ?? 'none';
  } catch {
    return 'temperror';
  }
}

const explanations: Readonly<Record<SpfResult, string>> = {
  none: 'no SPF record',
  neutral: 'access neither permitted nor denied',
  pass: 'sender SPF authorized',
  fail: 'SPF fail - not authorized',
  softfail: 'domain owner discourages use of this host',
  temperror: 'SPF Temporary Error',
  permerror: 'SPF Permanent Error',
};

function refuse(request: SpfRequest, { identity, result, verdict }: Checked, settings: SpfSettings): SpfAction {
  const id = identity === 'helo' ? request.helo : request.sender;
  const url = `http://www.openspf.net/Why?s=${identity === 'helo' ? 'helo' : 'mfrom'};id=${inOneWord(id)};ip=${request.clientAddress};r=${receiver(request, settings)}`;
  const what = verdict === 'defer' ? 'deferred' : 'rejected';
  const isError = result === 'permerror' || result === 'temperror';
  if (!settings.refuses) return { kind: 'dunno' };
  return {
    kind: verdict === 'defer' ? 'defer' : 'reject',
    text: `${verdict === 'defer' ? '4' : '5'}.7.${isError ? '24' : '23'} Message ${what} due to: ${explanations[result]}. Please see ${url}`,
  };
}

function tell(request: SpfRequest, { identity, result }: Checked, settings: SpfSettings): SpfAction {
  if (settings.headerType === 'None') return { kind: 'dunno' };
  const words = identity === 'mailfrom' ? 'mailfrom' : explanations[result];
  return {
    kind: 'prepend',
    text: `Received-SPF: ${result.charAt(0).toUpperCase()}${result.slice(1)} (${words}) identity=${identity}; ${details(request, settings)}`,
  };
}

function details(request: SpfRequest, settings: SpfSettings): string {
  return `client-ip=${request.clientAddress}; helo=${inOneWord(request.helo)}; envelope-from=${inOneWord(request.sender) || '<>'}; receiver=${receiver(request, settings)} `;
}

function receiver(request: SpfRequest, settings: SpfSettings): string {
  return settings.hideReceiver ? '<UNKNOWN>' : inOneWord(request.recipient) || '<UNKNOWN>';
}

/** Text from the net goes into a header line: nothing that could end a word or the line. */
function inOneWord(text: string): string {
  return text.replace(/[^\x21-\x3a\x3c-\x7e]/g, '?').slice(0, 320);
}

/** Why this client is not asked about; undefined when it is. */
async function findBypass(
  { clientAddress }: SpfRequest,
  settings: SpfSettings,
  resolver: Resolver,
): Promise<string | undefined> {
  if (!ipaddr.isValid(clientAddress) || settings.skipAddresses.some((network) => isInside(clientAddress, network)))
    return 'SPF check N/A for local connections';
  if (settings.whitelist.some((network) => isInside(clientAddress, network)))
    return 'SPF skipped for whitelisted relay';
  for (const name of settings.heloWhitelist) {
    const addresses = await resolver.a(name);
    if (addresses.kind === 'found' && addresses.records.includes(clientAddress))
      return 'SPF skipped for whitelisted HELO domain';
  }
  for (const domain of settings.domainWhitelist)
    if (
      (await askSpf(
        { clientAddress, helo: domain, sender: `postmaster@${domain}`, recipient: '' },
        'mailfrom',
        resolver,
        domain,
      )) === 'pass'
    )
      return 'SPF skipped for whitelisted relay domain';
  return undefined;
}

function isInside(address: string, network: string): boolean {
  try {
    const parsed = ipaddr.process(address);
    const [base, bits] = network.includes('/')
      ? ipaddr.parseCIDR(network)
      : [ipaddr.parse(network), network.includes(':') ? 128 : 32];
    return parsed.kind() === base.kind() && parsed.match([base, bits] as never);
  } catch {
    return false;
  }
}

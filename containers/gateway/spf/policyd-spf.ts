/**
 * policyd-spf - the SPF policy service that smtpd asks (SMTPD_POLICY_README): refuses what a domain's SPF record forbids.
 *
 * spf-settings.ts reads `/etc/postfix-policyd-spf-python/policyd-spf.conf`, judge-spf.ts decides; here is the protocol and the log.
 * One session may ask about a message once for each recipient: the field is prepended once (`instance`).
 */
import type { Duplex } from 'node:stream';
import type { HostRoot } from '#util/host-root.ts';
import type { Resolver } from '#util/resolver.ts';
import type { MailLog, ProcessLog } from '#mta/log/mail-log.ts';
import type { SpawnProgram } from '#mta/mta-deps.ts';
import { judgeSpf, type SpfAction } from './judge-spf.ts';
import { readSpfSettings } from './spf-settings.ts';

interface Service {
  readonly root: HostRoot;
  readonly resolver: Resolver;
  readonly hostname: string;
  readonly log: ProcessLog;
  /** Messages that have their field, oldest first; smtpd opens a new session for each question. */
  readonly told: Set<string>;
}

const mostRequestBytes = 20_000;
const mostTold = 1000;

/** Makes the program that master.cf's `argv=/usr/bin/policyd-spf` runs. */
export function createPolicydSpf(root: HostRoot, resolver: Resolver, hostname: string, log: MailLog): SpawnProgram {
  const service: Service = { root, resolver, hostname, log: log.process('policyd-spf'), told: new Set() };
  return (stream) => void serve(stream, service).catch(() => stream.destroy());
}

async function serve(stream: Duplex, service: Service): Promise<void> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > mostRequestBytes) throw new Error('request too long');
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const request = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      text = text.slice(end + 2);
      stream.write(`action=${await answer(request, service)}\n\n`);
    }
  }
}

async function answer(request: ReadonlyMap<string, string>, service: Service): Promise<string> {
  const { settings, faults } = await readSpfSettings(service.root);
  for (const fault of faults) service.log.warning(fault);
  const action = await judgeSpf(
    {
      clientAddress: request.get('client_address') ?? '',
      helo: request.get('helo_name') ?? '',
      sender: request.get('sender') ?? '',
      recipient: request.get('recipient') ?? '',
    },
    settings,
    service.resolver,
    service.hostname,
  );
  const instance = request.get('instance') ?? '';
  if (action.kind === 'prepend' && isTold(service.told, instance)) return 'dunno';
  const words = actionWords(action);
  const queueId = request.get('queue_id') ?? '';
  if (settings.debugLevel >= 1 && action.kind !== 'dunno' && !action.text?.startsWith('X-Comment'))
    service.log.info(`${queueId === '' ? '' : `${queueId}: `}${words}`);
  return words;
}

function actionWords(action: SpfAction): string {
  switch (action.kind) {
    case 'dunno':
      return 'dunno';
    case 'prepend':
      return `prepend ${action.text}`;
    case 'reject':
      return `550 ${action.text}`;
    case 'defer':
      return `defer_if_permit ${action.text}`;
  }
}

/** True when the message has its field already; remembers it otherwise. */
function isTold(told: Set<string>, instance: string): boolean {
  if (instance === '') return false;
  if (told.has(instance)) return true;
  told.add(instance);
  const [oldest] = told;
  if (told.size > mostTold && oldest !== undefined) told.delete(oldest);
  return false;
}

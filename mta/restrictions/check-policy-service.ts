/**
 * check-policy-service - check_policy_service S: asks a policy server and does what it says (SMTPD_POLICY_README).
 */
import net from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { withDeadline } from '#util/deadline.ts';
import { readDurationMs } from '../config/typed-values.ts';
import { readAccessAction } from './access-action.ts';
import type { Restriction, RestrictionContext } from './restriction.ts';

/** `argument`: `inet:host:port`, `unix:private/NAME`, or either with `, timeout=10s, default_action=DUNNO` in braces. */
export const checkPolicyService: Restriction = async (context, argument) => {
  const [endpoint = '', ...settings] = argument.split(/\s*,\s*|\s+/);
  const setting = (name: string): string | undefined =>
    settings.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
  const timeoutMs = readDurationMs(
    'smtpd_policy_service_timeout',
    setting('timeout') ?? context.config.text('smtpd_policy_service_timeout'),
    's',
  );
  const source = { table: endpoint, key: context.stage };
  try {
    const answer = await askPolicyService(context, endpoint, timeoutMs);
    const action = /^action=(.*)$/m.exec(answer)?.[1];
    if (action !== undefined) return await readAccessAction(context, action, source);
    throw new Error('no action in the answer');
  } catch (error) {
    const server = endpoint.replace(/^(inet|unix):/, '');
    const refusedBy = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    const reason = refusedBy ? 'Connection refused' : error instanceof Error ? error.message : String(error);
    if (refusedBy) context.warn(`connect to ${server}: ${reason}`);
    context.warn(`problem talking to server ${server}: ${reason}`);
    return readAccessAction(
      context,
      setting('default_action') ?? context.config.text('smtpd_policy_service_default_action'),
      source,
    );
  }
};

async function askPolicyService(context: RestrictionContext, endpoint: string, timeoutMs: number): Promise<string> {
  const stream = openEndpoint(context, endpoint);
  try {
    stream.write(policyRequest(context));
    return await withDeadline('answer of the policy service', readAnswer(stream), {
      clock: context.deps.clock,
      timeoutMs,
    });
  } finally {
    stream.destroy();
  }
}

function openEndpoint({ deps, services }: RestrictionContext, endpoint: string): Duplex {
  const [, host, port] = /^inet:([^:]*):(\d+)$/.exec(endpoint) ?? [];
  if (port !== undefined) return net.connect(deps.wire.toSocket(host || '127.0.0.1', Number(port)));
  const name = /^unix:(?:private|public)\/([\w.-]+)$/.exec(endpoint)?.[1];
  const service = services.find((each) => each.name === name && each.type === 'unix' && each.command === 'spawn');
  const argv = service?.arguments.find((each) => each.startsWith('argv='));
  if (!service || !argv) throw new Error('No such file or directory');
  const words = [argv.slice('argv='.length), ...service.arguments.slice(service.arguments.indexOf(argv) + 1)];
  const program = deps.programs.get(words[0]?.split('/').at(-1) ?? '');
  if (!program) throw new Error(`Connection refused (spawn: no program ${words[0]})`);
  const [ours, theirs] = duplexPair();
  program(theirs, words);
  return ours;
}

async function readAnswer(stream: Duplex): Promise<string> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.includes('\n\n')) return text.slice(0, text.indexOf('\n\n'));
    if (text.length > 10_000) throw new Error('answer too long');
  }
  throw new Error('Connection closed before an answer');
}

/** The attributes that Postfix 3.7 sends, in its order. */
function policyRequest(context: RestrictionContext): string {
  const { client, sasl } = context;
  const isLate = context.stage === 'DATA' || context.stage === 'END-OF-MESSAGE';
  const attributes: readonly [string, string | number][] = [
    ['request', 'smtpd_access_policy'],
    ['protocol_state', context.stage],
    ['protocol_name', context.protocol],
    ['client_address', client.address],
    ['client_name', client.name],
    ['client_port', client.port],
    ['reverse_client_name', client.reverseName],
    ['server_address', context.serverAddress],
    ['server_port', context.serverPort],
    ['helo_name', context.helo ?? ''],
    ['sender', context.sender ?? ''],
    ['recipient', isLate && context.recipientCount > 1 ? '' : (context.recipient ?? '')],
    ['recipient_count', isLate ? context.recipientCount : 0],
    ['queue_id', context.queueId ?? ''],
    ['instance', context.instance],
    ['size', context.sizeBytes],
    ['etrn_domain', context.etrnDomain ?? ''],
    ['stress', ''],
    ['sasl_method', sasl?.method ?? ''],
    ['sasl_username', sasl?.username ?? ''],
    ['sasl_sender', sasl?.sender ?? ''],
    ['encryption_protocol', context.tls ? 'TLSv1.3' : ''],
    ['policy_context', ''],
  ];
  // A line end inside a value would begin another attribute.
  return `${attributes.map(([name, value]) => `${name}=${String(value).replace(/[\r\n\0]/g, '?')}`).join('\n')}\n\n`;
}

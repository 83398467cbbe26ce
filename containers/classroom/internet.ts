/**
 * internet - the lab's Internet in a container of its own: the actors' addresses (198.19.0.0/16) all lead here, and their mail hosts take what comes.
 *
 * `ip route add local` makes the kernel take the addresses for its own (ip-route(8)), which needs NET_ADMIN. GATEHOUSE_ACTORS holds the actors as JSON.
 */
import { execFileSync } from 'node:child_process';
import type { HostDeps } from '#util/host.ts';
import { startSink, type Sink, type SinkHost } from './sink.ts';

/** @throws Error when the addresses cannot be had */
export function startInternet(
  env: Readonly<Record<string, string | undefined>>,
  { wire, clock }: Pick<HostDeps, 'wire' | 'clock'>,
): Promise<Sink> {
  execFileSync('ip', ['route', 'replace', 'local', '198.19.0.0/16', 'dev', 'lo']);
  const actors = JSON.parse(env['GATEHOUSE_ACTORS'] ?? '[]') as SinkHost[];
  return startSink(actors, '/var/spool/sink', wire, clock);
}

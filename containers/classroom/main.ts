/**
 * main - the classroom as a process: the lab's Internet (the actors' mail hosts). The grader's judge runs beside it, started when something is to be judged.
 *
 * The actors' addresses (198.19.0.0/16) all lead to this container: `ip route add local` makes the kernel take them for its own (ip-route(8)), which needs NET_ADMIN.
 * GATEHOUSE_ACTORS holds them as JSON.
 */
import { execFileSync } from 'node:child_process';
import { containerDeps } from '#util/container-process.ts';
import { startSink, type SinkHost } from './sink.ts';

const { clock, wire } = containerDeps(process.env);
execFileSync('ip', ['route', 'replace', 'local', '198.19.0.0/16', 'dev', 'lo']);
const actors = JSON.parse(process.env['GATEHOUSE_ACTORS'] ?? '[]') as SinkHost[];
const sink = await startSink(actors, '/var/spool/sink', wire, clock);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void sink.stop().then(() => process.exit(0)));

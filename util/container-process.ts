/**
 * container-process - what every host's main.ts does: start the host with the real world around it, stop it when the engine says so.
 *
 * The environment tells who the host is: GATEHOUSE_ADDRESS (lab address), GATEHOUSE_HOSTNAME, GATEHOUSE_PREFIX (network's prefix length, default 15).
 */
import { readFileSync, writeSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { systemClock } from './clock.ts';
import { createHostRoot } from './host-root.ts';
import type { Host, HostDeps } from './host.ts';
import { createResolver } from './resolver.ts';
import { directWire } from './wire.ts';

export interface ContainerProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  once(signal: 'SIGTERM' | 'SIGINT', run: () => void): unknown;
  exit(code: number): void;
}

/** What a host is given when it has the machine to itself. @throws Error naming the variable that is missing */
export function containerDeps(env: ContainerProcess['env']): HostDeps {
  const need = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`the environment variable ${name} is not set`);
    return value;
  };
  return {
    root: createHostRoot('/'),
    address: need('GATEHOUSE_ADDRESS'),
    hostname: need('GATEHOUSE_HOSTNAME'),
    prefixLength: Number(env['GATEHOUSE_PREFIX'] ?? 15),
    clock: systemClock,
    wire: directWire,
    resolver: createResolver({ servers: nameServers(readFileSync('/etc/resolv.conf', 'utf8')) }),
    giveFile: chown,
  };
}

/** Addresses after `nameserver` (resolv.conf(5)). */
export function nameServers(text: string): string[] {
  return [...text.matchAll(/^\s*nameserver\s+([\d.]+)\s*$/gm)].map((match) => match[1] ?? '');
}

/** Says on standard output that the host is up: whoever started the container waits for that word. Written at once: to make `process.stdout` takes a start a millisecond. */
export function sayReady(): void {
  writeSync(1, 'ready\n');
}

/** Runs the host until SIGTERM or SIGINT; exits 0 after a clean stop. */
export async function runHost(host: Host, process: ContainerProcess): Promise<void> {
  const started = await host.start();
  const stop = (): void => void started.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  sayReady();
}

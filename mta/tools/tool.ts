/**
 * tool - what the mail commands share: finding the host's root and configuration, reaching the running mail system, dying in Postfix's words.
 *
 * `-c DIR`, else MAIL_CONFIG, else /etc/postfix. If DIR is `X/etc/postfix` and X holds `.gatehouse-host`, X is the host's root; otherwise the root is `/`, so that a private
 * configuration directory with real paths works as with Postfix.
 */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { callControl, type ControlResult } from '#util/control.ts';
import { createHostRoot, type HostRoot } from '#util/host-root.ts';
import { printable } from '#util/terminal-text.ts';
import { checkNeeded } from '../config/check-values.ts';
import { FatalConfigError, type PostfixConfig } from '../config/config.ts';
import type { Interfaces } from '../config/own-networks.ts';
import { loadPostfixConfig } from '../config/postfix-config.ts';
import { openQueueFs } from '../queue/queue-fs.ts';
import type { Queue } from '../queue/queue.ts';

/** 198.18.0.0/15, the lab's network (RFC 2544). */
const labPrefixLength = 15;

export interface Surroundings {
  readonly root: HostRoot;
  /** Configuration directory as a host path. */
  readonly directory: string;
  readonly hostname: string;
}

/** Wrong usage or a refusal: printed as `NAME: fatal: TEXT`, exit status 1. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** Where the tool works. `given` is the argument of `-c`. */
export function findSurroundings(given: string | undefined): Surroundings {
  const directory = path.resolve(given ?? process.env['MAIL_CONFIG'] ?? '/etc/postfix');
  const above = /^(.*)\/etc\/postfix$/.exec(directory)?.[1];
  const rootPath = above !== undefined && existsSync(path.join(above, '.gatehouse-host')) ? above : '/';
  const root = createHostRoot(rootPath);
  return { root, directory: root.display(directory), hostname: process.env['GATEHOUSE_HOSTNAME'] ?? os.hostname() };
}

/** main.cf for a program: with a value that all of them read, and that is none, nothing runs. @throws FatalConfigError. */
export async function loadConfig(surroundings: Surroundings): Promise<PostfixConfig> {
  const config = await loadAnyConfig(surroundings);
  checkNeeded(config);
  return config;
}

/** main.cf with whatever values it has, to be shown. @throws FatalConfigError when it is not main.cf at all. */
export function loadAnyConfig({ root, directory, hostname }: Surroundings): Promise<PostfixConfig> {
  return loadPostfixConfig(directory, { root, hostname, interfaces: interfaces() });
}

/** The mail log as main.cf names it, or syslog's on Debian. */
export function mailLogOf({ root }: Surroundings, config: PostfixConfig | undefined): string {
  return root.resolve(config?.text('maillog_file') || '/var/log/mail.log');
}

/** The host's addresses: on the loopback wire those that the environment tells, since all hosts share the machine; otherwise the machine's own. */
export function interfaces(): Interfaces {
  const address = process.env['GATEHOUSE_ADDRESS'];
  if (address !== undefined)
    return [
      { address: '127.0.0.1', prefixLength: 8 },
      { address, prefixLength: Number(process.env['GATEHOUSE_PREFIX'] ?? labPrefixLength) },
    ];
  return Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address: own, cidr }) => ({ address: own, prefixLength: Number(cidr?.split('/')[1] ?? 32) }));
}

/** The queue, for looking and for administrative moves. */
export function openToolQueue(surroundings: Surroundings, config: PostfixConfig): Promise<Queue> {
  return openQueueFs(
    {
      folder: surroundings.root.resolve(config.text('queue_directory')),
      clock: systemClock,
      longQueueIds: config.bool('enable_long_queue_ids'),
    },
    false,
  );
}

/** Asks the running mail system. */
export function callMaster(
  surroundings: Surroundings,
  config: PostfixConfig,
  command: string,
  ...args: string[]
): Promise<ControlResult> {
  return callControl(surroundings.root.resolve(`${config.text('queue_directory')}/pid/master.ctl`), command, ...args);
}

/** Asks the host to start, stop or reload one of its services. */
export function callInit(surroundings: Pick<Surroundings, 'root'>, ...args: string[]): Promise<ControlResult> {
  return callControl(surroundings.root.resolve('/run/init.ctl'), 'service', ...args);
}

/** Runs a tool's main function; faults become Postfix's `fatal:` line and the exit status that the program has for them (sysexits(3)). */
export async function runTool(name: string, main: (args: string[]) => Promise<number>, fatalStatus = 1): Promise<void> {
  process.stdout.on('error', () => process.exit(0)); // a reader that closed the pipe (`| head`) ends the command quietly
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ToolError) && !(error instanceof FatalConfigError)) throw error;
    const cure = error instanceof FatalConfigError && error.cure ? `${name}: cure: ${error.cure}\n` : '';
    process.stderr.write(`${name}: fatal: ${printable(error.message)}\n${cure}`);
    process.exitCode = fatalStatus;
  }
}

/** A warning on standard error, with what to do about it. */
export function warn(
  tool: string,
  { text, cure }: { readonly text: string; readonly cure?: string | undefined },
): void {
  process.stderr.write(`${tool}: warning: ${printable(text)}\n${cure ? `${tool}: cure: ${printable(cure)}\n` : ''}`);
}

/** Prints text of unknown origin safely. */
export function print(text: string): void {
  process.stdout.write(printable(text, { multiline: true }));
}

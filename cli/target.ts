/**
 * target - the host that `grade --target` names, from the words of the command line.
 *
 * The names are those of the lab sheets for `--seat`, or all of the person's own: a mixture would blame a host for not having a name that nobody gave it.
 */
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { Option, type Command } from 'commander';
import type { Target } from '../range/external.ts';

export interface TargetOptions {
  readonly seat: string;
  /** HOST or HOST:PORT. */
  readonly target?: string;
  readonly as: Target['place'];
  readonly name?: string;
  readonly user?: string;
  readonly relaysFor?: string;
  readonly passwordFile?: string;
  readonly dns?: string;
  readonly stranger?: boolean;
}

/** getaddrinfo(3), as Node has it. */
type FindAddress = (host: string) => Promise<{ readonly address: string }>;

/** The options beside `--seat`. Their words are in the language's file. */
export function targetOptions(command: Command): Command {
  return command
    .option('--target <host>', 'a host that is not ours: HOST or HOST:PORT')
    .addOption(new Option('--as <place>', 'whose place it takes').choices(['gateway', 'mailbox']).default('gateway'))
    .option('--name <name>', 'what it calls itself')
    .option('--user <address>', 'a user of its own domain')
    .option('--relays-for <address>', 'a user of the domain that it relays for')
    .option('--password-file <file>', 'holds the IMAP password of that user')
    .option('--dns <server>', 'name server to ask')
    .option('--stranger', 'it has no reason to trust this computer');
}

/** What the options say. @throws Error with the cure when they do not fit together, or the name has no address */
export async function readTarget(
  options: TargetOptions & { readonly target: string },
  find: FindAddress = lookup,
): Promise<Target> {
  const { seat, as: place, name, user, relaysFor, passwordFile, dns } = options;
  if (passwordFile !== undefined && place !== 'mailbox')
    throw new Error('--password-file is for a mailbox on the host; cure: --as mailbox');
  if ((name === undefined) !== (user === undefined))
    throw new Error('own names come together: --name (what the host calls itself) and --user (an address there)');
  if (name !== undefined && !/^[a-z0-9._-]+$/i.test(name))
    throw new Error(`"${name}" is no host name; cure: mx.example.org`);
  for (const address of [user, relaysFor])
    if (address !== undefined && !/^[^\s@<>]+@[^\s@<>]+$/.test(address))
      throw new Error(`"${address}" is no mail address; cure: user@example.org`);
  if (dns !== undefined && !net.isIP(splitPort(dns).host))
    throw new Error(`--dns ${dns}: a name server is given by its address, as 192.0.2.53 or 192.0.2.53:5353`);
  const { host, port = 25 } = splitPort(options.target);
  return {
    address: await addressOf(host, find),
    port,
    place,
    seat,
    isStranger: options.stranger ?? false,
    ...(name === undefined ? {} : { name: name.toLowerCase() }),
    ...(user === undefined ? {} : { user }),
    ...(relaysFor === undefined ? {} : { relayUser: relaysFor }),
    ...(passwordFile === undefined ? {} : { password: await passwordIn(passwordFile) }),
    ...(dns === undefined ? {} : { dns }),
  };
}

/** `host`, `host:port`, `[2001:db8::25]:port`, or a bare IPv6 address. @throws Error when the port is none */
export function splitPort(text: string): { readonly host: string; readonly port?: number } {
  if (net.isIPv6(text)) return { host: text };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535)))
    throw new Error(`"${text}" is neither HOST nor HOST:PORT`);
  return { host, ...(port === undefined ? {} : { port }) };
}

/** The first line. */
async function passwordIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    throw new Error(`${file}: ${what}; cure: a file whose first line is the password`);
  });
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw new Error(`${file}: its first line is empty; cure: write the password there`);
  return line;
}

/** By this computer's own resolver. */
async function addressOf(host: string, find: FindAddress): Promise<string> {
  if (net.isIP(host)) return host;
  try {
    return (await find(host)).address;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND')
      throw new Error(`the name ${host} has no address; cure: is it spelt right? Or name the host by its address`);
    const why = code === 'EAI_AGAIN' ? 'no name server answers this computer' : message;
    throw new Error(
      `the address of ${host} is not known: ${why}; cure: name the host by its address, or ask again later`,
    );
  }
}

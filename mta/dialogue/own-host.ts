/**
 * own-host - our own mail system for a dialogue: under a private root, on the loopback wire, started anew for each configuration.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { createHostRoot } from '#util/host-root.ts';
import { hashPassword } from '#util/password.ts';
import { createLoopbackWire } from '#util/wire.ts';
import { createAccounts } from '../accounts.ts';
import { compileTable } from '../config/tables/hash.ts';
import { createMailLogFile } from '../log/mail-log-file.ts';
import type { MailLog } from '../log/mail-log.ts';
import { startMta, type StartedMta } from '../mta.ts';
import { basicFiles, clientPassword, hashTables, serverAddress, withBasicSettings } from './basic.ts';
import { createNamesResolver } from './names.ts';
import type { DialogueHost } from './play.ts';

const masterCf = `${serverAddress}:0 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
discard unix - - n - - discard
`;

export class OwnHost implements DialogueHost, AsyncDisposable {
  server = { host: '', port: 0 };
  readonly #wire = createLoopbackWire(0);
  #folder: string | undefined;
  #mta: StartedMta | undefined;
  #log: MailLog | undefined;
  #taken = 0;

  toSource(address: string): string {
    return this.#wire.toSource(address);
  }

  async configure(settings: string, files: ReadonlyMap<string, string>): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.#folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-dialogue-'));
    const root = createHostRoot(this.#folder);
    const all = new Map([
      ...basicFiles,
      ['/etc/postfix/main.cf', withBasicSettings(settings)] as const,
      ['/etc/postfix/master.cf', masterCf] as const,
      ['/etc/dovecot/users', `afnog:${hashPassword(clientPassword)}\n`] as const,
      ...files,
    ]);
    for (const [name, text] of all) {
      await mkdir(path.dirname(root.resolve(name)), { recursive: true });
      await writeFile(root.resolve(name), text);
    }
    for (const file of hashTables(settings)) await compileTable(root, file, 'map').catch(() => undefined);
    this.#log = createMailLogFile(root.resolve('/var/log/mail.log'), 'mail.one.test', systemClock);
    this.#taken = 0;
    this.#mta = await startMta('/etc/postfix', {
      root,
      clock: systemClock,
      wire: this.#wire,
      resolver: createNamesResolver(),
      log: this.#log,
      hostname: 'mail.one.test',
      interfaces: [
        { address: '127.0.0.1', prefixLength: 8 },
        { address: serverAddress, prefixLength: 15 },
      ],
      programs: new Map(),
      ...createAccounts(root),
    });
    const { host, port } = this.#mta.addresses()[0]?.socket ?? { host: '', port: 0 };
    this.server = { host, port };
  }

  async takeLog(): Promise<string[]> {
    const text = await readFile(path.join(this.#folder ?? '', 'var/log/mail.log'), 'utf8').catch(() => '');
    const lines = loggedBySmtpd(text.split('\n'));
    const fresh = lines.slice(this.#taken);
    this.#taken = lines.length;
    return fresh;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mta?.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
    this.#mta = undefined;
    this.#folder = undefined;
  }
}

/** `smtpd: text` and `cleanup: text` of the whole log's lines. */
export function loggedBySmtpd(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [, program, text] = /postfix\/(smtpd|cleanup)\[\d+\]: (.*)$/.exec(line) ?? [];
    return text === undefined ? [] : [`${program}: ${text}`];
  });
}

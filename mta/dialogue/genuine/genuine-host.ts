/**
 * genuine-host - Debian's Postfix as the mail system of a dialogue.
 *
 * Runs inside a network and mount namespace of its own (see `main.ts`), where 198.18.0.0/15 is local, and /etc/postfix, /var/spool/postfix, /var/lib/postfix and /var/log are private
 * folders. Each process serves one client (max_use = 1), so that a changed main.cf counts at once.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { basicFiles, hashTables, serverAddress, withBasicSettings } from '../basic.ts';
import { loggedBySmtpd } from '../own-host.ts';
import type { DialogueHost } from '../play.ts';

const logFile = '/var/log/mail.log';
const ownSettings = `maillog_file = ${logFile}
max_use = 1
max_idle = 1s
queue_directory = /var/spool/postfix
`;
/** Debian's services but those that deliver; nothing of it runs in a chroot. */
export const masterCf = `smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;

export class GenuineHost implements DialogueHost {
  readonly server = { host: serverAddress, port: 25 };
  #taken = 0;
  #started = false;

  toSource(address: string): string {
    return address;
  }

  async configure(settings: string, files: ReadonlyMap<string, string>): Promise<void> {
    const all = new Map([
      ...basicFiles,
      ['/etc/postfix/main.cf', withBasicSettings(ownSettings + settings)],
      ...files,
    ] as [string, string][]);
    all.set('/etc/postfix/master.cf', masterCf);
    for (const [name, text] of all) {
      await mkdir(path.dirname(name), { recursive: true });
      await writeFile(name, text);
    }
    for (const file of hashTables(settings)) run('postmap', `hash:${file}`);
    if (this.#started) run('postfix', 'stop');
    run('postfix', 'start');
    this.#started = true;
    await this.takeLog();
  }

  async takeLog(): Promise<string[]> {
    const lines = loggedBySmtpd((await readFile(logFile, 'utf8').catch(() => '')).split('\n'));
    const fresh = lines.slice(this.#taken);
    this.#taken = lines.length;
    return fresh;
  }

  stop(): void {
    if (this.#started) run('postfix', 'stop');
  }
}

/** A command's failure is only shown: a broken table is part of some dialogues. */
function run(program: string, ...args: readonly string[]): void {
  try {
    execFileSync(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TZ: 'UTC' },
    });
  } catch {
    return;
  }
}

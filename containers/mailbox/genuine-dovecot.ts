/**
 * genuine-dovecot - the real Dovecot as a service of the mailbox host: `dovecot -F` with the host's own /etc/dovecot/dovecot.conf.
 *
 * Ready when it says so, or one of its doors is open. The kernel is asked for that, not Dovecot: a connection would have it start programs for a client that says nothing. What it said when it did not start is the reason.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { waitFor } from '#util/deadline.ts';
import type { HostDeps } from '#util/host.ts';
import { readersDoors } from '#util/listening.ts';
import type { Service, StartedService } from '#mta/host-init.ts';
import type { MailLog } from '#mta/log/mail-log.ts';

const program = '/usr/sbin/dovecot';
const startMs = 10_000;
/** Its word that it is up may go to a file (`info_log_path`). */
const silentMs = 500;

/** The host's own configuration, and the log to us: there is no syslog daemon. */
const wrapper = '!include /etc/dovecot/dovecot.conf\nlog_path = /dev/stderr\nlog_timestamp =\n';
const passwordFile = '/etc/dovecot/users';
const wrapperFile = '/run/dovecot-gatehouse.conf';

export function createGenuineDovecot(deps: HostDeps, log: MailLog): Service {
  return { name: 'dovecot', start: () => start(deps, log) };
}

async function start({ address, clock }: HostDeps, log: MailLog): Promise<StartedService> {
  writeFileSync(wrapperFile, wrapper);
  guardPasswords();
  const child = spawn(program, ['-F', '-c', wrapperFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  let ended: number | undefined;
  const own = log.process('dovecot');
  onLines(child.stderr, (line) => {
    words = `${words}\n${line}`.slice(-4000);
    own.info(inSyslogShape(line));
  });
  child.once('error', (error) => ((words = error.message), (ended = 127)));
  child.once('exit', (code) => (ended = code ?? 1));
  const startedMs = clock.monotonicMs();
  await waitFor(
    'Dovecot',
    () => {
      if (ended !== undefined) throw new Error(words.trim() || `dovecot ended with ${ended}`);
      // It has opened its doors by then. The kernel's list is long to read, so only where that word did not come.
      const isSaid = words.includes(' starting up for ');
      return isSaid || (clock.monotonicMs() - startedMs > silentMs && readersDoors(address).length > 0)
        ? { kind: 'there', value: undefined }
        : { kind: 'not-yet', seen: 'no port is open' };
    },
    { clock, timeoutMs: startMs, everyMs: 20 },
  );
  return {
    addresses: () => (ended === undefined ? readersDoors(address) : []),
    reload: async () => void child.kill('SIGHUP'),
    stop: () => stop(child, () => ended !== undefined),
  };
}

/** Not node:readline, which is made for terminals: it takes a start two milliseconds to load. */
function onLines(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  stream.on('end', () => rest !== '' && take(rest));
}

/** Passwords are for root and for Dovecot's own user, as Debian has it. Where there are none, Dovecot says so. */
function guardPasswords(): void {
  const gid = /^dovecot:[^:\n]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'))?.[1];
  if (gid === undefined || !existsSync(passwordFile)) return;
  chownSync(passwordFile, 0, Number(gid));
  chmodSync(passwordFile, 0o640);
}

async function stop(child: ChildProcess, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await end;
}

/** To syslog, Dovecot tells an informational line's level by other means than words. */
function inSyslogShape(line: string): string {
  return line.replace(/^(\S+?): Info: /, '$1: ').replace(/^Info: /, '');
}

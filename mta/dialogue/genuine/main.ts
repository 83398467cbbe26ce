/**
 * main - plays dialogues against a genuine Postfix 3.7 and compares with, or writes, their `*.ref` files.
 *
 *     node mta/dialogue/genuine/main.ts [--write] [NAME...]
 *
 * Needs root on Linux, and Debian's packages postfix and postfix-pcre. Everything happens in namespaces of its own: no port, file or packet of this machine is touched. A dialogue whose
 * first line is `# own` shows where we differ on purpose, with the reason; it is left out.
 *
 * Exits 1 when a dialogue differs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dialogueFolder, serverAddress } from '../basic.ts';
import { playDialogue } from '../play.ts';
import { readDialogue } from '../read-dialogue.ts';
import { startAuthServer } from './auth-server.ts';
import { GenuineHost } from './genuine-host.ts';
import { startNameServer } from './name-server.ts';

const nameServer = '198.18.0.53';
const marker = 'GATEHOUSE_DIALOGUE_FOLDER';

/** Enters the namespaces and comes back here. */
function enter(): never {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-genuine-'));
  const { status } = spawnSync('unshare', ['-n', '-m', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [marker]: folder, TZ: 'UTC' },
  });
  rmSync(folder, { recursive: true, force: true });
  process.exit(status ?? 2);
}

/** Lays the private network and folders over those of the machine. */
function settle(folder: string): void {
  const shell = (script: string): void => void execFileSync('sh', ['-ec', script], { stdio: 'inherit' });
  writeFileSync(`${folder}/resolv.conf`, `nameserver ${nameServer}\noptions timeout:1 attempts:1\n`);
  writeFileSync(`${folder}/hosts`, '127.0.0.1 localhost\n');
  shell(`
    ip link set lo up
    ip address add ${serverAddress}/15 dev lo
    mkdir ${folder}/spool ${folder}/lib ${folder}/log ${folder}/etc
    chmod 755 ${folder} ${folder}/*
    cp -a /etc/postfix/. ${folder}/etc/
    chown postfix ${folder}/lib
    mount --bind ${folder}/etc /etc/postfix
    mount --bind ${folder}/spool /var/spool/postfix
    mount --bind ${folder}/lib /var/lib/postfix
    mount --bind ${folder}/log /var/log
    mount --bind ${folder}/resolv.conf /etc/resolv.conf
    mount --bind ${folder}/hosts /etc/hosts
  `);
}

const folder = process.env[marker];
if (folder === undefined) enter();
settle(folder);
const write = process.argv.includes('--write');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const dns = await startNameServer(nameServer);
const host = new GenuineHost();
let auth: { close(): void } | undefined;
const all = readdirSync(dialogueFolder).flatMap((name) => /^(.*)\.in$/.exec(name)?.[1] ?? []);
for (const name of wanted.length > 0 ? wanted : all) {
  const text = readFileSync(path.join(dialogueFolder, `${name}.in`), 'utf8');
  if (text.startsWith('# own')) continue;
  if (!auth) {
    await host.configure('', new Map());
    auth = await startAuthServer('/var/spool/postfix/private/auth');
  }
  const played = await playDialogue(readDialogue(text), host);
  const file = path.join(dialogueFolder, `${name}.ref`);
  if (write) writeFileSync(file, played);
  else if (readFileSync(file, 'utf8') !== played) {
    process.exitCode = 1;
    const mine = path.join(folder, `${name}.genuine`);
    writeFileSync(mine, played);
    spawnSync('diff', ['-u', file, mine], { stdio: 'inherit' });
  }
  process.stdout.write(`${name}\n`);
}
host.stop();
auth?.close();
dns.close();

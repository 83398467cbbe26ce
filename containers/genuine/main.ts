/**
 * main - a genuine mail host's init: Debian's programs as its services, with the same `service NAME ACTION` and the same answers to the range as our own hosts.
 *
 * GATEHOUSE_ROLE says which host of the seat it is. The log comes first and ends last: the others speak to it.
 */
import net from 'node:net';
import { startHostInit, type Service } from '#mta/host-init.ts';
import { containerDeps, runHost } from '#util/container-process.ts';
import { isThere } from '#util/is-there.ts';
import { readersDoors } from '#util/listening.ts';
import { createDaemon, type DaemonPlan } from './daemon.ts';
import { createGenuinePostfix } from './genuine-postfix.ts';

const { address, clock, root } = containerDeps(process.env);

const log: DaemonPlan = {
  name: 'rsyslog',
  command: ['/usr/sbin/rsyslogd', '-n', '-i', '/run/rsyslogd.pid'],
  isOpen: () => isThere('/dev/log'),
  reload: 'SIGHUP',
  boots: 'always',
};
const dovecot: DaemonPlan = {
  name: 'dovecot',
  command: ['/usr/sbin/dovecot', '-F'],
  isOpen: () => Promise.resolve(readersDoors(address).length > 0),
  reload: 'SIGHUP',
  addresses: () => readersDoors(address),
  boots: 'always',
};
const clamd: DaemonPlan = {
  name: 'clamav-daemon',
  command: ['/usr/sbin/clamd'],
  isOpen: () => answers({ path: '/run/clamav/clamd.ctl' }),
  boots: 'enabled',
};
const amavis: DaemonPlan = {
  name: 'amavis',
  command: ['/usr/sbin/amavisd', 'foreground'],
  isOpen: () => answers({ host: '127.0.0.1', port: 10_024 }),
  boots: 'enabled',
};

const sharedClamd: DaemonPlan = {
  name: 'clamav-daemon',
  command: ['/usr/sbin/clamd', '--config-file=/etc/clamav/clamd-shared.conf'],
  isOpen: () => answers({ host: address, port: 3310 }),
  again: true,
  boots: 'always',
};
const spamd: DaemonPlan = {
  name: 'spamd',
  // No preferences of users, no questions to the Internet; whoever is in the lab may ask.
  command: [
    '/usr/sbin/spamd',
    ...['--local', '--nouser-config', '--username=debian-spamd', '--helper-home-dir=/var/lib/spamassassin'],
    ...['--listen=0.0.0.0:783', '--allowed-ips=198.18.0.0/15,127.0.0.1'],
    ...['--min-children=1', '--max-children=3', '--min-spare=1', '--max-spare=1', '--syslog=mail'],
  ],
  isOpen: () => answers({ host: address, port: 783 }),
  again: true,
  boots: 'always',
};

function answers(where: net.NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(where, () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

const plans: Readonly<Record<string, readonly DaemonPlan[]>> = {
  gateway: [log, clamd, amavis],
  mailbox: [log, dovecot],
  scanners: [log, sharedClamd, spamd],
};
const role = process.env['GATEHOUSE_ROLE'] ?? '';
const daemons = plans[role];
if (!daemons) throw new Error(`GATEHOUSE_ROLE is ${role || 'not set'}; it is ${Object.keys(plans).join(', ')}`);
const services: Service[] = daemons.map((plan) => createDaemon(plan, clock));
if (role !== 'scanners') services.push(createGenuinePostfix(address, clock));
void runHost({ start: () => startHostInit(root, services) }, process);

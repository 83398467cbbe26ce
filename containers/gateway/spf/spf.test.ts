/**
 * The SPF policy service at its protocol.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { duplexPair } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { createHostRoot, type HostRoot } from '#util/host-root.ts';
import type { Answer, Resolver } from '#util/resolver.ts';
import { createMailLogFile } from '#mta/log/mail-log-file.ts';
import { createPolicydSpf } from './policyd-spf.ts';

const records: Readonly<Record<string, string | readonly string[]>> = {
  'sound.test': 'v=spf1 ip4:198.19.0.10 -all',
  'soft.test': 'v=spf1 ip4:198.19.0.10 ~all',
  'neutral.test': 'v=spf1 ?all',
  'two.test': ['v=spf1 -all', 'v=spf1 +all'],
  'loop.test': 'v=spf1 include:loop.test -all',
  'helo.test': 'v=spf1 -all',
  'named.test': 'v=spf1 ptr ~all',
};
const found = (record: string): Answer<string> => ({ kind: 'found', records: [record] });
const addresses: Readonly<Record<string, string>> = { 'friend.test': '198.19.0.66', 'mx.named.test': '198.19.0.70' };
const resolver: Resolver = {
  ...Object.fromEntries(
    ['aaaa', 'mx', 'cname', 'ns'].map((name) => [name, () => Promise.resolve({ kind: 'nxdomain' })]),
  ),
  a: (name: string): Promise<Answer<string>> =>
    Promise.resolve(addresses[name] === undefined ? { kind: 'nxdomain' } : found(addresses[name])),
  // The client at .71 only claims to be that host: its name does not lead back.
  ptr: (address: string): Promise<Answer<string>> =>
    Promise.resolve(/^198\.19\.0\.7[01]$/.test(address) ? found('mx.named.test') : { kind: 'nxdomain' }),
  txt: (name: string): Promise<Answer<string>> => {
    if (name === 'slow.test') return Promise.resolve({ kind: 'tempfail', reason: 'timeout' } as Answer<string>);
    const texts = records[name];
    return Promise.resolve(
      texts === undefined
        ? { kind: 'nxdomain' }
        : { kind: 'found', records: typeof texts === 'string' ? [texts] : [...texts] },
    );
  },
} as Resolver;

let folder: string;
let root: HostRoot;
let number = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-spf-'));
  root = createHostRoot(folder);
  await mkdir(root.resolve('/etc/postfix-policyd-spf-python'), { recursive: true });
  await mkdir(root.resolve('/var/log'), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => rm(root.resolve('/var/log/mail.log'), { force: true }));

interface Question {
  readonly client?: string;
  readonly helo?: string;
  readonly sender?: string;
  readonly conf?: string;
  readonly instances?: readonly string[];
}

/** Asks as smtpd does; the answers, and what was logged. */
async function ask({
  client = '198.19.0.99',
  helo = 'host.nowhere.test',
  sender = '',
  conf = '',
  instances = [`i${(number += 1)}`],
}: Question): Promise<{ actions: string[]; log: string }> {
  await writeFile(root.resolve('/etc/postfix-policyd-spf-python/policyd-spf.conf'), conf);
  const log = createMailLogFile(root.resolve('/var/log/mail.log'), 'gw.one.test', systemClock);
  const program = createPolicydSpf(root, resolver, 'gw.one.test', log);
  const [ours, theirs] = duplexPair();
  program(theirs, []);
  for (const instance of instances)
    ours.write(
      `request=smtpd_access_policy\nclient_address=${client}\nhelo_name=${helo}\nsender=${sender}\nrecipient=afnog@one.test\nqueue_id=4ABC\ninstance=${instance}\n\n`,
    );
  const actions: string[] = [];
  let text = '';
  for await (const chunk of ours as AsyncIterable<Buffer>) {
    text += chunk.toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      actions.push(text.slice(0, end));
      text = text.slice(end + 2);
    }
    if (actions.length === instances.length) break;
  }
  return { actions, log: await readFile(root.resolve('/var/log/mail.log'), 'utf8').catch(() => '') };
}

const details = (sender: string, client = '198.19.0.99', helo = 'host.nowhere.test'): string =>
  `client-ip=${client}; helo=${helo}; envelope-from=${sender}; receiver=afnog@one.test `;

describe('what is told', () => {
  test.each([
    ['Pass', 'a@sound.test', '198.19.0.10'],
    ['Pass', 'a@named.test', '198.19.0.70'],
    ['Softfail', 'a@named.test', '198.19.0.71'],
    ['Softfail', 'a@soft.test', '198.19.0.99'],
    ['Neutral', 'a@neutral.test', '198.19.0.99'],
    ['None', 'a@nothing.test', '198.19.0.99'],
    ['Permerror', 'a@two.test', '198.19.0.99'],
    ['Permerror', 'a@loop.test', '198.19.0.99'],
    ['Temperror', 'a@slow.test', '198.19.0.99'],
  ])('%s for %s from %s', async (result, sender, client) => {
    const { actions, log } = await ask({ sender, client });
    const field = `Received-SPF: ${result} (mailfrom) identity=mailfrom; ${details(sender, client)}`;
    expect(actions).toEqual([`action=prepend ${field}`]);
    expect(log).toMatch(/policyd-spf\[\d+\]: 4ABC: prepend Received-SPF: /);
  });

  test('HELO is told for the null sender', async () => {
    const { actions } = await ask({ helo: 'mail.nothing.test' });
    expect(actions).toEqual([
      `action=prepend Received-SPF: None (no SPF record) identity=helo; ${details('<>', '198.19.0.99', 'mail.nothing.test')}`,
    ]);
  });

  test('once a message, however many recipients it has', async () => {
    const { actions } = await ask({ sender: 'a@sound.test', client: '198.19.0.10', instances: ['x1', 'x1', 'x2'] });
    expect(actions.map((action) => action.slice(0, 20))).toEqual([
      'action=prepend Recei',
      'action=dunno',
      'action=prepend Recei',
    ]);
  });

  test('nothing with Header_Type = None', async () => {
    const { actions } = await ask({ sender: 'a@sound.test', client: '198.19.0.10', conf: 'Header_Type = None\n' });
    expect(actions).toEqual(['action=dunno']);
  });
});

describe('what is refused', () => {
  const refusal = (sender: string): string =>
    `action=550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=${sender};ip=198.19.0.99;r=afnog@one.test`;

  test('fail, with the same words in the log', async () => {
    const { actions, log } = await ask({ sender: 'a@sound.test' });
    expect(actions).toEqual([refusal('a@sound.test')]);
    expect(log).toContain(`4ABC: ${refusal('a@sound.test').slice('action='.length)}`);
  });

  test('fail of the HELO name, whoever the sender is', async () => {
    const { actions } = await ask({ sender: 'a@nothing.test', helo: 'helo.test' });
    expect(actions[0]).toContain('550 5.7.23 Message rejected due to: SPF fail - not authorized');
    expect(actions[0]).toContain('s=helo;id=helo.test');
    const { actions: forNull } = await ask({ helo: 'helo.test', conf: 'HELO_reject = Null\n' });
    expect(forNull[0]).toContain('550 5.7.23');
    const { actions: other } = await ask({
      helo: 'helo.test',
      sender: 'a@nothing.test',
      conf: 'HELO_reject = Null\n',
    });
    expect(other[0]).not.toContain('550');
  });

  test.each([
    ['Mail_From_reject = Softfail\n', 'a@soft.test', '550 5.7.23'],
    ['Mail_From_reject = Softfail\n', 'a@neutral.test', 'prepend'],
    ['Mail_From_reject = SPF_Not_Pass\n', 'a@neutral.test', '550 5.7.23'],
    ['Mail_From_reject = False\n', 'a@sound.test', 'prepend'],
    ['TestOnly = 0\n', 'a@sound.test', 'dunno'],
    ['PermError_reject = True\n', 'a@two.test', '550 5.7.24'],
    ['TempError_Defer = True\n', 'a@slow.test', 'defer_if_permit 4.7.24'],
  ])('%j and %s: %s', async (conf, sender, begins) => {
    const { actions } = await ask({ sender, conf });
    expect(actions[0]?.slice('action='.length)).toMatch(new RegExp(`^${begins.replaceAll('.', '\\.')}`));
  });
});

describe('who is not asked about', () => {
  test.each([
    ['127.0.0.1', '', 'SPF check N/A for local connections'],
    ['198.19.0.66', 'Whitelist = 198.19.0.64/29\n', 'SPF skipped for whitelisted relay'],
    ['198.19.0.66', 'HELO_Whitelist = other.test,friend.test\n', 'SPF skipped for whitelisted HELO domain'],
    ['198.19.0.10', 'Domain_Whitelist = sound.test\n', 'SPF skipped for whitelisted relay domain'],
  ])('%s with %j', async (client, conf, comment) => {
    const { actions } = await ask({ client, conf, sender: 'a@helo.test' });
    expect(actions).toEqual([`action=prepend X-Comment: ${comment} - ${details('a@helo.test', client)}`]);
  });
});

describe('bad input', () => {
  test('a typo in policyd-spf.conf is named with line and cure, the rest counts', async () => {
    const { actions, log } = await ask({
      sender: 'a@soft.test',
      conf: '# settings\nMail_Form_reject = Fail\nMail_From_reject = Softfail\nHELO_reject = Maybe\n',
    });
    expect(actions[0]).toContain('550 5.7.23');
    expect(log).toMatch(/Unknown name "Mail_Form_reject" in file ".*policyd-spf\.conf", line 2 \(cure: /);
    expect(log).toMatch(/Unknown value "Maybe" for HELO_reject in file ".*", line 4 \(cure: write Fail, Softfail/);
  });

  test('hostile names cannot end the answer or the field', async () => {
    const { actions } = await ask({ helo: 'x;identity=mailfrom;\u0007é', sender: '"a b"@nothing.test' });
    expect(actions).toHaveLength(1);
    expect(actions[0]).toContain('helo=x?identity=mailfrom???; envelope-from="a?b"@nothing.test; receiver=');
  });
});

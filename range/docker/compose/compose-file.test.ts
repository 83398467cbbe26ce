/**
 * The compose file says what the plan says, in words that both generations of docker compose know.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openWorkspace } from '../../workspace.ts';
import { createWorld } from '../../world.ts';
import { planContainers } from '../container-plan.ts';
import { composeFile } from './compose-file.ts';
import { composeNetwork, composeService } from './compose-service.ts';

interface Service {
  readonly [word: string]: unknown;
  readonly container_name: string;
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly volumes: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const workspace = openWorkspace('/srv/workshop');
const world = createWorld({ seats: [{}, {}, {}], seed: 'a seed of sixteen letters' });
const imageOf = (role: string): string => `gatehouse/${role}:test`;
const text = composeFile({ world, workspace, shownAs: './workshop', imageOf, head: 'About\n\n  this file' });
const file = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, Record<string, unknown>>;
};
const { prepare, ...hosts } = file.services;

/** Of the Compose Specification, and of the schema that docker-compose 1.29 brings: what both have. */
const commonWords = [
  ...['image', 'build', 'pull_policy', 'container_name', 'hostname', 'entrypoint', 'environment', 'labels', 'volumes'],
  ...[
    'stop_grace_period',
    'read_only',
    'tmpfs',
    'cap_drop',
    'cap_add',
    'security_opt',
    'mem_limit',
    'memswap_limit',
    'cpus',
    'pids_limit',
  ],
  ...['restart', 'logging', 'dns', 'networks', 'network_mode', 'depends_on', 'profiles'],
];

test('every container of the plan is a service, after the one that prepares', () => {
  const plans = planContainers({ world, workspace, imageOf });
  expect(Object.values(hosts).map(({ container_name }) => container_name)).toEqual(plans.map(({ name }) => name));
  for (const [name, { depends_on = {} }] of Object.entries(hosts)) {
    expect(depends_on['prepare']).toEqual({ condition: 'service_completed_successfully' });
    expect([name, 'dns' in depends_on]).toEqual([name, name !== 'dns']);
  }
});

test('limits and rights are the plan’s', () => {
  for (const [index, { options }] of planContainers({ world, workspace, imageOf }).entries()) {
    const { HostConfig: host = {} } = options;
    const service = Object.values(hosts)[index];
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      cap_add: host.CapAdd,
      security_opt: ['no-new-privileges'],
      mem_limit: `${(host.Memory ?? 0) / 1024 / 1024}m`,
      memswap_limit: `${(host.MemorySwap ?? 0) / 1024 / 1024}m`,
      cpus: 1,
      pids_limit: host.PidsLimit,
      tmpfs: ['/tmp:size=64m,mode=1777', '/run:size=16m,mode=755'],
      restart: 'unless-stopped',
      dns: ['198.18.0.53'],
      logging: { driver: 'json-file', options: { 'max-size': '1m', 'max-file': '1' } },
    });
    expect(service?.volumes).toHaveLength(host.Mounts?.length ?? 0);
  }
  expect(file.networks['gatehouse-lab']).toMatchObject({
    name: 'gatehouse-lab',
    internal: true,
    ipam: { config: [{ subnet: '198.18.0.0/15', ip_range: '198.18.255.0/24' }] },
  });
  expect(hosts['pc3-mailbox']?.['networks']).toEqual({ 'gatehouse-lab': { ipv4_address: '198.18.3.20' } });
});

test('a seat sees its own folders only; only what prepares sees the whole workspace, and it has no network', () => {
  for (const seat of ['pc1', 'pc2', 'pc3'])
    for (const role of ['gateway', 'mailbox'])
      for (const volume of hosts[`${seat}-${role}`]?.volumes ?? [])
        expect(volume).toMatch(new RegExp(`^\\./workshop/seats/${seat}/`));
  for (const { volumes } of Object.values(hosts)) expect(volumes.join()).not.toContain('./workshop:');
  expect(prepare?.volumes).toContain('./workshop:/srv/workshop');
  expect(prepare).toMatchObject({ network_mode: 'none', restart: 'no', cap_drop: ['ALL'], read_only: true });
  expect(text).not.toContain('/srv/workshop/');
});

test('no word is used that one of the two generations does not know', () => {
  expect(Object.keys(parse(text) as object)).toEqual(['x-host', 'services', 'networks']);
  for (const [name, service] of Object.entries(file.services))
    expect([name, Object.keys(service).filter((word) => word !== '<<' && !commonWords.includes(word))]).toEqual([
      name,
      [],
    ]);
  // YAML 1.1, as 1.29 reads it, takes a bare `no` for false.
  expect(text).toMatch(/restart: "no"/);
});

test('each image is a stage of the one Dockerfile, built for one service, which the others start after; none is pulled', async () => {
  const home = path.join(import.meta.dirname, '..', '..', '..');
  const services = Object.entries(file.services);
  for (const image of new Set(services.map(([, each]) => each.image))) {
    const users = services.filter(([, each]) => each.image === image);
    const [[builder = '', { build } = {}] = [], ...others] = users.filter(([, each]) => each.build);
    expect([image, others]).toEqual([`gatehouse/${build?.target}:test`, []]);
    expect(build?.context).toBe('.');
    expect(await readFile(path.join(home, build?.dockerfile ?? ''), 'utf8')).toMatch(
      new RegExp(`^FROM base AS ${build?.target}$`, 'm'),
    );
    for (const [name, { depends_on = {}, pull_policy }] of users)
      expect([name, pull_policy, name === builder || builder in depends_on]).toEqual([name, 'never', true]);
  }
});

test('what the file says of itself stands in comments', () => {
  expect(text.split('\n').slice(0, 3)).toEqual(['# About', '', '#   this file']);
});

describe('genuine programs', () => {
  const read = (description: Parameters<typeof createWorld>[0]) =>
    (
      parse(composeFile({ world: createWorld(description), workspace, shownAs: './workshop', imageOf, head: '' }), {
        merge: true,
      }) as typeof file
    ).services;

  test('the shared scanners start only when their profile is asked for', () => {
    const services = read({ seats: [{}, {}], scanners: true, seed: '' });
    expect(services['scanners']).toMatchObject({ profiles: ['scanners'], build: { target: 'genuine' } });
    expect(Object.values(services).filter(({ profiles }) => profiles !== undefined)).toHaveLength(1);
  });

  test('a genuine gateway has the genuine image, which is then built for it and not for a profile', () => {
    const services = read({ seats: [{}, { genuine: ['gateway'] }], scanners: true, seed: '' });
    expect(services['pc2-gateway']).toMatchObject({ image: 'gatehouse/genuine:test', build: { target: 'genuine' } });
    expect(services['pc1-gateway']).toMatchObject({ image: 'gatehouse/gateway:test', build: { target: 'gateway' } });
    expect(services['scanners']?.build).toBeUndefined();
    expect(services['scanners']?.depends_on).toHaveProperty('pc2-gateway');
    expect(services['prepare']?.['environment']).toMatchObject({ GATEHOUSE_GENUINE: 'pc2-gateway' });
  });
});

describe('translation', () => {
  test('an option without a row is an error, not a limit lost', () => {
    expect(() => composeService({ HostConfig: { OomScoreAdj: 500 } })).toThrow(
      "the HostConfig's option OomScoreAdj has no word in a compose file; cure: give it a row",
    );
    expect(() => composeService({ StopSignal: 'SIGQUIT' })).toThrow('StopSignal');
    expect(() => composeNetwork({ Name: 'lab', EnableIPv6: true })).toThrow('EnableIPv6');
  });

  test('what compose would fill in is kept as it is', () => {
    const odd = composeFile({
      world,
      workspace: openWorkspace('/srv/my$shop'),
      shownAs: './my$shop',
      imageOf,
      head: '',
    });
    expect(odd).toContain('./my$$shop/seats/pc1/gateway/etc:/etc');
    expect(odd).not.toMatch(/my\$shop/);
  });
});

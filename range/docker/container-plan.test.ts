/**
 * What each container may do and see, read off the plan.
 */
import { expect, test } from 'vitest';
import { openWorkspace } from '../workspace.ts';
import { createWorld } from '../world.ts';
import { planContainers } from './container-plan.ts';

const workspace = openWorkspace('/srv/workshop');
const world = createWorld({
  seats: [{}, { genuine: ['gateway'] }, {}],
  scanners: true,
  seed: 'a seed of sixteen letters',
});
const plans = planContainers({ world, workspace, imageOf: (role) => `gatehouse/${role}:test` });

test('two containers a seat, and the lab its own; the name server first', () => {
  expect(plans.map(({ name }) => name)).toEqual([
    'gatehouse-dns',
    'gatehouse-classroom',
    'gatehouse-scanners',
    ...[1, 2, 3].flatMap((seat) => [`gatehouse-pc${seat}-gateway`, `gatehouse-pc${seat}-mailbox`]),
  ]);
  expect(new Set(plans.map(({ address }) => address)).size).toBe(plans.length);
});

test("a genuine host is its seat's host in everything but its programs, and has no more powers", () => {
  const [own, genuine] = ['gatehouse-pc1-gateway', 'gatehouse-pc2-gateway'].map(
    (name) => plans.find((plan) => plan.name === name)?.options,
  );
  expect([own?.Image, genuine?.Image]).toEqual(['gatehouse/gateway:test', 'gatehouse/genuine:test']);
  expect(genuine?.HostConfig?.CapAdd).toEqual(own?.HostConfig?.CapAdd);
  expect(genuine?.HostConfig?.Mounts?.map(({ Target }) => Target)).toEqual(
    own?.HostConfig?.Mounts?.map(({ Target }) => Target),
  );
  expect(genuine?.Env).toContain('GATEHOUSE_ROLE=gateway');
});

test("a seat's containers see folders of their own seat only, and never the engine", () => {
  for (const { seat, options } of plans.filter((plan) => plan.seat !== ''))
    for (const { Type, Source } of options.HostConfig?.Mounts ?? []) {
      expect(Type).toBe('bind');
      expect(Source).toMatch(new RegExp(`^/srv/workshop/seats/${seat}/`));
      expect(Source).not.toContain('docker.sock');
    }
  expect(plans.flatMap(({ options }) => options.HostConfig?.Mounts ?? []).length).toBeGreaterThan(3 * 2 * 5);
});

test('every container is read-only, bounded, and without powers that it does not need', () => {
  for (const { role, options } of plans) {
    const { HostConfig: host = {} } = options;
    expect(host).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] });
    expect(host.Memory).toBeGreaterThan(0);
    expect(host.PidsLimit).toBeGreaterThan(0);
    expect(host.Privileged).toBeUndefined();
    const strong = (host.CapAdd ?? []).filter((power: string) =>
      /SYS_ADMIN|SYS_PTRACE|NET_RAW|MKNOD|SYS_MODULE/.test(power),
    );
    expect(strong).toEqual([]);
    expect((host.CapAdd ?? []).includes('NET_ADMIN')).toBe(role === 'classroom');
    expect(JSON.stringify(options.Env)).not.toContain('password');
  }
});

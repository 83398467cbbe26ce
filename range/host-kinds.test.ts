/**
 * A host that becomes a genuine one, and a snapshot of the other kind.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { clearChangedHosts, findChangedHosts } from './host-kinds.ts';
import { Provision, readKind } from './provision.ts';
import { openWorkspace } from './workspace.ts';
import { createWorld } from './world.ts';

const world = (...genuine: ('gateway' | 'mailbox')[]) =>
  createWorld({ seats: [{ genuine }, {}], seed: 'a seed of sixteen letters' });

test('what a host was is kept as a snapshot before it begins anew as the other kind', async () => {
  const workspace = openWorkspace(await mkdtemp(path.join(os.tmpdir(), 'gatehouse-kinds-')));
  try {
    const root = workspace.hostRoot('pc1', 'gateway');
    await new Provision(world(), systemClock).layHost('pc1', 'gateway', root);
    expect(await readKind(root)).toBe('own');
    expect(await findChangedHosts(world(), workspace)).toEqual([]);

    const changed = await findChangedHosts(world('gateway'), workspace);
    expect(changed).toEqual([{ seat: 'pc1', host: 'gateway', to: 'genuine' }]);
    const [kept = ''] = await clearChangedHosts(changed, workspace, systemClock);
    expect(kept).toMatch(/-before-genuine$/);
    expect(await readKind(path.join(workspace.snapshotFolder('pc1', 'gateway'), kept))).toBe('own');

    await new Provision(world('gateway'), systemClock).layHost('pc1', 'gateway', root);
    expect(await readKind(root)).toBe('genuine');
    expect(await readFile(path.join(root, 'etc/postfix/main.cf'), 'utf8')).toContain('inet_interfaces');
    // Accounts and master.cf are those that Debian's packages bring.
    for (const name of ['passwd', 'group', 'postfix/master.cf', 'MailScanner/MailScanner.conf'])
      await expect(readFile(path.join(root, 'etc', name))).rejects.toThrow('ENOENT');
  } finally {
    await rm(workspace.folder, { recursive: true, force: true });
  }
});

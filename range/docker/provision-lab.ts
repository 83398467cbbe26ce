/**
 * provision-lab - the folders of the lab's own containers: what the name server serves, where the classroom keeps mail, what the scanners run with.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '#util/atomic-file.ts';
import { labZones } from '../lab-zones.ts';
import type { Workspace } from '../workspace.ts';
import type { World } from '../world.ts';

/** Writes them anew at every start: they follow from the world. */
export async function provisionLab(world: World, workspace: Workspace): Promise<void> {
  for (const host of ['dns', 'classroom', ...(world.scanners ? ['scanners'] : [])]) {
    const root = path.join(workspace.folder, 'lab', host);
    await mkdir(path.join(root, 'etc', 'gatehouse'), { recursive: true });
    await mkdir(path.join(root, 'var'), { recursive: true });
    await writeFileAtomic(path.join(root, 'etc', 'resolv.conf'), `nameserver ${world.dns.address}\n`, 0o644);
  }
  await mkdir(workspace.sinkFolder, { recursive: true });
  await writeFileAtomic(
    path.join(workspace.folder, 'lab', 'dns', 'etc', 'gatehouse', 'zones.json'),
    JSON.stringify({ generated: [...labZones(world)], sources: world.seats.flatMap(zoneSources) }),
    0o644,
  );
}

function zoneSources({ id, number, domain }: World['seats'][number]): object[] {
  const source = (origin: string, name: string): object => ({
    origin,
    file: `/srv/seats/${id}/etc/bind/${name}`,
    shownAs: `/etc/bind/${name}`,
    log: `/srv/seats/${id}/var/log/named.log`,
  });
  return [source(domain, `db.${domain}`), source(`${number}.18.198.in-addr.arpa`, `db.198.18.${number}`)];
}

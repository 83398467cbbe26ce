/**
 * provision-lab - the folders of the lab's own containers: what the name server serves, what the classroom's pages know and where it keeps mail, what the scanners run with.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '#util/atomic-file.ts';
import { labZones } from '../lab-zones.ts';
import { worldOf, type Workshop, type Workspace } from '../workspace.ts';
import { journalKey, type World } from '../world.ts';

/** What the classroom is told of the workshop: names and seats without passwords, and the key of the journals. */
export interface LabFile {
  readonly world: World;
  /** In base64. */
  readonly journalKey: string;
}

/** Writes them anew at every start: they follow from the workshop. */
export async function provisionLab(workshop: Workshop, workspace: Workspace): Promise<void> {
  const world = worldOf(workshop);
  for (const host of ['dns', 'classroom', ...(world.scanners ? ['scanners'] : [])]) {
    const root = path.join(workspace.folder, 'lab', host);
    await mkdir(path.join(root, 'etc', 'gatehouse'), { recursive: true });
    await mkdir(path.join(root, 'var'), { recursive: true });
    await replaceFile(path.join(root, 'etc', 'resolv.conf'), `nameserver ${world.dns.address}\n`, 0o644);
  }
  for (const folder of [workspace.sinkFolder, workspace.gradesFolder]) await mkdir(folder, { recursive: true });
  await tellClassroom(workshop, workspace);
  await replaceFile(
    path.join(workspace.folder, 'lab', 'dns', 'etc', 'gatehouse', 'zones.json'),
    JSON.stringify({ generated: [...labZones(world)], sources: world.seats.flatMap(zoneSources) }),
    0o644,
  );
}

/** Who sits where, for the pages inside the lab; they follow the file. */
export async function tellClassroom(workshop: Workshop, workspace: Workspace): Promise<void> {
  const world = worldOf(workshop);
  const seats = world.seats.map((seat) => ({ ...seat, password: '' }));
  const told: LabFile = { world: { ...world, seats }, journalKey: journalKey(workshop.seed).toString('base64') };
  await replaceFile(
    path.join(workspace.folder, 'lab', 'classroom', 'etc', 'gatehouse', 'classroom.json'),
    JSON.stringify(told),
    0o600,
  );
}

function zoneSources({ id, number, domain }: World['seats'][number]): object[] {
  const source = (origin: string, name: string): object => ({
    origin,
    root: `/srv/seats/${id}`,
    file: `/etc/bind/${name}`,
    log: '/var/log/named.log',
  });
  return [source(domain, `db.${domain}`), source(`${number}.18.198.in-addr.arpa`, `db.198.18.${number}`)];
}

/**
 * main - the service `prepare` of docker-compose.yml as a process: lays the folders of GATEHOUSE_SEATS seats in /srv/workshop, as `gatehouse up` does, says how to begin, and ends.
 *
 * Runs at every `docker compose up` and never touches a student's file. The engine makes a missing folder root's own: what the command `gatehouse` writes is given to whom the project's
 * folder (/srv/project) belongs.
 */
import { chown, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '#util/clock.ts';
import { noteRunning, provisionWorkshop } from '../../range/docker/provision-workshop.ts';
import { mountSeatDisks } from '../../range/seat-disks.ts';
import { openWorkspace, worldOf } from '../../range/workspace.ts';
import { planSeats } from '../plan-seats.ts';
import { readSeats } from '../seat-option.ts';
import { loadTexts } from '../texts.ts';

const workspace = openWorkspace('/srv/workshop');
const world = worldOf(await planSeats(workspace, { seats: readSeats(process.env['GATEHOUSE_SEATS'] ?? '2') }));
// Seats that got disks from `gatehouse up` have their files there: without the disks they would begin anew.
await mountSeatDisks(workspace);
await provisionWorkshop(world, workspace, systemClock);
await noteRunning(workspace, systemClock);
const owner = await stat('/srv/project');
for (const name of ['', 'workshop.json', 'run', 'run/state.json', 'grades', 'snapshots']) {
  const place = path.join(workspace.folder, name);
  if (!name.endsWith('.json')) await mkdir(place, { recursive: true });
  await chown(place, owner.uid, owner.gid);
}
const say = loadTexts();
for (const { id, domain, user, password } of world.seats)
  process.stdout.write(`${say('start.seat', { seat: id, domain, user, password })}\n`);
process.stdout.write(`${say('compose.prepared', { seats: world.seats.length })}\n`);

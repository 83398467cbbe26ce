/**
 * main - the service `prepare` of docker-compose.yml as a process: runs at every `docker compose up`, says how to begin, and ends. GATEHOUSE_SEATS tells how many seats,
 * GATEHOUSE_GENUINE which hosts are made of genuine programs (`pc2-gateway`).
 */
import { systemClock } from '#util/clock.ts';
import { printable } from '#util/terminal-text.ts';
import { readSeats } from '../seat-option.ts';
import { loadTexts } from '../texts.ts';
import { preparedText, prepareWorkshop } from './prepare-workshop.ts';

const say = loadTexts();
try {
  const seats = readSeats(process.env['GATEHOUSE_SEATS'] ?? '');
  const genuine = (process.env['GATEHOUSE_GENUINE'] ?? '').split(' ').filter(Boolean);
  const place = { workspace: '/srv/workshop', project: '/srv/project' };
  process.stdout.write(preparedText(await prepareWorkshop({ ...place, seats, genuine, clock: systemClock }, say), say));
} catch (error) {
  process.stderr.write(
    `gatehouse: ${printable(error instanceof Error ? error.message : String(error), { multiline: true })}\n`,
  );
  process.exitCode = 2;
}

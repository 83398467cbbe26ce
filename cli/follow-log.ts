/**
 * follow-log - prints a host's log, and goes on as it grows: through rotation (another file under the name) and truncation.
 *
 * The text is untrusted: control characters become visible, and a log that is a link out of the host's root is not read.
 * Limits: what was written to a rotated file after the last look is not shown.
 */
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '#util/clock.ts';
import { pause } from '#util/deadline.ts';
import { createHostRoot } from '#util/host-root.ts';
import { printable } from '#util/terminal-text.ts';
import { readOn, type LogPosition } from './read-on.ts';
import type { Place } from './run-in-host.ts';

const lookEveryMs = 300;

/** Prints the log; without `follow` it ends where the log ends. */
export async function followLog(place: Place, { follow, clock }: { follow: boolean; clock: Clock }): Promise<void> {
  const { range, seat, host } = place;
  const root = createHostRoot(range.workspace.hostRoot(seat.id, host));
  const name = host === 'dns' ? '/var/log/named.log' : '/var/log/mail.log';
  let decoder = new StringDecoder('utf8');
  let position: LogPosition | undefined;
  for (;;) {
    const look = await readOn(root, name, position);
    if (look?.isNew) decoder = new StringDecoder('utf8');
    if (look) process.stdout.write(printable(decoder.write(look.bytes), { multiline: true }));
    position = look?.position;
    if (look && look.bytes.length > 0) continue;
    if (!follow) return;
    await pause(clock, lookEveryMs);
  }
}

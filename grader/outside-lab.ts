/**
 * outside-lab - a lab as it is put to a host that is not ours: each check's own look from outside. Pure.
 *
 * The checks keep their ids, titles and tags; what cannot be asked becomes `not-run` with the reason, which the report counts out.
 */
import { OutOfReachError, type OutOfReach, type Reach } from '#range';
import type { Check, Lab, OutsideLook } from './lab.ts';

/** Over the Internet everything takes longer, and some hosts keep strangers waiting. */
const patience = 3;

/** Of a check that says nothing of it. */
export const insideOnly: OutsideLook = { by: 'nothing', because: 'inside' };

/** @param reach what of the host is in reach, and whose place it takes */
export function labFromOutside(lab: Lab, reach: Reach): Lab {
  return { ...lab, checks: lab.checks.map((check) => askedFromOutside(check, lookAt(check, reach))) };
}

/** How that check is put to a host which is so reached. */
function lookAt(check: Check, reach: Reach): OutsideLook {
  const look = check.outside ?? insideOnly;
  if (look.by === 'nothing') return look;
  const because = missingFor(check, look, reach);
  return because === undefined ? look : { by: 'nothing', because };
}

function missingFor(
  { subject }: Check,
  look: Exclude<OutsideLook, { by: 'nothing' }>,
  { place, asksDns, readsMailbox, knowsRelayUser }: Reach,
): OutOfReach | undefined {
  const wanted = look.place ?? (subject === 'gateway' || subject === 'mailbox' ? subject : place);
  if (wanted !== place) return 'other-host';
  if (look.by === 'mailbox' && !readsMailbox) return 'password';
  if (look.by === 'dns' && !asksDns) return 'dns';
  return look.wantsRelayUser && !knowsRelayUser ? 'relay-user' : undefined;
}

/** Without control and neighbours: the look brings its own twin, and nobody else is on the way. */
function askedFromOutside(check: Check, look: OutsideLook): Check {
  const { id, step, subject, level, persists, tags, manual } = check;
  const deadlineMs = check.deadlineMs * patience;
  return {
    ...{ id, step, subject, level, persists, tags, manual, deadlineMs, kind: 'state' },
    needs: look.by === 'nothing' ? [] : (look.needs ?? []),
    run: (context) =>
      look.by === 'nothing'
        ? Promise.reject(new OutOfReachError(look.because))
        : (look.run ?? ((inside) => check.run(inside)))(context),
  };
}

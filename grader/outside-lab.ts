/**
 * outside-lab - a lab as it is put to a host that is not ours: each check's own look from outside. Pure.
 *
 * The checks keep their ids, titles and tags; what cannot be asked becomes `not-run` with the reason, which the report counts out.
 */
import { OutOfReachError, type OutOfReach, type Reach } from '#range';
import type { Check, Lab, OutsideLook } from './lab.ts';

/** Over the Internet everything takes longer, and some hosts keep strangers waiting. */
const patience = 3;

const insideOnly: OutsideLook = { by: 'nothing', because: 'inside' };

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
  { place, asksDns, knowsRelayUser }: Reach,
): OutOfReach | undefined {
  const wanted = look.place ?? (subject === 'gateway' || subject === 'mailbox' ? subject : place);
  if (wanted !== place) return 'other-host';
  if (look.by === 'dns' && !asksDns) return 'dns';
  return look.wantsRelayUser && !knowsRelayUser ? 'relay-user' : undefined;
}

function askedFromOutside(check: Check, look: OutsideLook): Check {
  const { control: _control, ...rest } = check;
  const outside = { ...rest, kind: 'state', through: [], deadlineMs: check.deadlineMs * patience } as const;
  return look.by === 'nothing'
    ? { ...outside, needs: [], run: () => Promise.reject(new OutOfReachError(look.because)) }
    : { ...outside, needs: look.needs ?? [], run: look.run ?? ((context) => check.run(context)) };
}

/**
 * grade-target - labs put to a host that is not ours (`grade --target`). No workshop need run, and nothing is written to a journal: the host belongs to no seat.
 */
import { systemClock } from '#util/clock.ts';
import type { LoadedLab } from '../grader/load-labs.ts';
import { labFromOutside } from '../grader/outside-lab.ts';
import { makeReport, type LabReport } from '../grader/report/report.ts';
import { runLab } from '../grader/run.ts';
import { createExternalRange, type Target } from '../range/external.ts';

/** One report a lab. @throws Error when there is no way to the host, or no such seat */
export async function gradeTarget(target: Target, labs: readonly LoadedLab[]): Promise<LabReport[]> {
  const range = await createExternalRange(target);
  const reports: LabReport[] = [];
  for (const loaded of labs) {
    const lab = labFromOutside(loaded.lab, range.reach);
    reports.push(makeReport(await runLab({ range, lab, seat: target.seat, clock: systemClock }), loaded));
  }
  return reports;
}

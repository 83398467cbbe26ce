import { systemClock } from '#util/clock.ts';
import { isDeepStrictEqual, inspect } from 'node:util';
import { openJudge } from '../cli/open-judge.ts';
import { labImages } from '../cli/lab-images.ts';
import { examineLab } from '../grader/exam/lab-test.ts';
import { loadGraderText } from '../grader/grader-text.ts';
import type { Judge } from '../grader/judge.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { makeReport } from '../grader/report/report.ts';
import { startTemporaryRange } from '../range/temporary-range.ts';
import { startTemporaryDocker } from '../range/docker/temporary-docker.ts';
const labs = await loadLabs(); const words = await loadGraderText();
async function examine(range: any) {
  const judge = await openJudge(range, labs); const all = new Map<string, any>();
  for (const lab of labs) {
    let reports: any[] = [];
    const recording: Judge = { ...judge, run: async (...args: any[]) => { const run = await (judge.run as any)(...args); const r = makeReport(run, { text: lab.text, words }); reports.push({ ...r, startedAt: '', finishedAt: '', checks: r.checks.map((c: any) => ({ ...c, evidence: [] })) }); return run; } } as Judge;
    await examineLab({ range, labs, lab, seat: 'pc1', judge: recording, progress: ({ name, problems }) => { all.set(`${lab.lab.id} ${name}`, { problems, reports }); reports = []; if (problems.length) console.log('PROBLEM', lab.lab.id, name, problems); } });
  }
  judge.close(); return all;
}
const one = await startTemporaryRange({ seats: 2, clock: systemClock });
const here = await examine(one.range); await one[Symbol.asyncDispose](); console.log('embedded', here.size);
const two = await startTemporaryDocker({ seats: 2, genuine: [], clock: systemClock, images: await labImages() });
const there = await examine(two.range); await two[Symbol.asyncDispose](); console.log('docker', there.size);
let equal = 0; let reports = 0;
for (const [name, { reports: a }] of here) { const b = there.get(name)?.reports; reports += a.length;
  if (isDeepStrictEqual(a, b)) equal += 1; else { console.log('DIFFERS', name); for (const [i, r] of a.entries()) for (const [j, c] of r.checks.entries()) if (!isDeepStrictEqual(c, b?.[i]?.checks[j])) console.log(inspect(c, { depth: 5 }), inspect(b?.[i]?.checks[j], { depth: 5 })); if (a[0] && b?.[0]) { const { checks: _x, ...ra } = a[0]; const { checks: _y, ...rb } = b[0]; if (!isDeepStrictEqual(ra, rb)) console.log(ra, rb); } } }
console.log(`${equal} of ${here.size} cases equal, ${reports} reports`);
process.exit(0);

/**
 * give-hint - the next hint for a lab's report, in words; it is written into the seat's journal, so that the next one is another.
 */
import { systemClock } from '#util/clock.ts';
import { textFor } from '../grader/genuine-variant.ts';
import { nextHint } from '../grader/hint.ts';
import type { HintEvent } from '../grader/journal.ts';
import { fillText } from '../grader/lab-text.ts';
import type { LoadedLab } from '../grader/load-labs.ts';
import type { LabReport } from '../grader/report/report.ts';
import type { Bench } from './judge.ts';
import { loadTexts } from './texts.ts';

/** Lines to print, with a final line end. */
export async function giveHint(bench: Bench, lab: LoadedLab, report: LabReport): Promise<string> {
  const say = loadTexts();
  const { events } = await bench.journal.read(report.seat);
  const given = events.filter((event): event is HintEvent => event.kind === 'hint');
  const text = textFor(lab, bench.range.world, report.seat);
  const next = nextHint(lab.lab, report, given);
  if (next.kind === 'nothing-open') return `${say('hint.nothing', { lab: lab.text.title })}\n`;
  if (next.kind === 'hint')
    await bench.journal.append(report.seat, {
      kind: 'hint',
      at: new Date(systemClock.now()).toISOString(),
      lab: lab.lab.id,
      step: next.step,
      key: next.key,
    });
  const step = text.steps[next.step]?.title ?? next.step;
  return [
    say('hint.head', { lab: lab.text.title, step }),
    fillText(text.hints[next.key] ?? '', {}),
    next.kind === 'no-more' ? say('hint.last') : say('hint.left', { left: next.left }),
    '',
  ].join('\n');
}

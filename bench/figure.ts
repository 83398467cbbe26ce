/**
 * figure - what a benchmark measured, as rows of a table: median, range, budget, and the ratio to a baseline of the same run.
 *
 * A budget is shown beside the figure and never asserted: machines differ. The ratio is what can be compared between machines.
 */

export interface Figure {
  readonly name: string;
  readonly unit: 's' | 'MB' | 'messages/s';
  /** One value a run. */
  readonly values: readonly number[];
  /** What was hoped for, in words: `at most 3`. */
  readonly budget?: string;
  /** The same work without us, measured in the same run, in the same unit. */
  readonly baseline?: { readonly what: string; readonly values: readonly number[] };
  readonly note?: string;
}

/** The middle value; the mean of the two middle ones for an even number. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const pair = sorted.length % 2 === 0 ? sorted.slice(middle - 1, middle + 1) : [sorted[Math.floor(middle)] ?? NaN];
  return pair.reduce((sum, each) => sum + each, 0) / pair.length;
}

/** Of each run to the baseline beside it, where there are as many: a machine's speed drifts within minutes. */
function ratioTo(baseline: readonly number[], values: readonly number[]): number {
  return baseline.length === values.length
    ? median(values.map((value, index) => value / (baseline[index] ?? NaN)))
    : median(values) / median(baseline);
}

/** A Markdown table of all figures. */
export function tableOf(figures: readonly Figure[]): string {
  const head = ['figure', 'median', 'least to most', 'runs', 'budget', 'baseline', 'ratio', 'note'];
  const rows = figures.map((figure) => {
    const { baseline } = figure;
    return [
      figure.name,
      `${round(median(figure.values))} ${figure.unit}`,
      `${round(Math.min(...figure.values))} to ${round(Math.max(...figure.values))}`,
      String(figure.values.length),
      figure.budget ?? '',
      baseline ? `${round(median(baseline.values))} ${figure.unit} (${baseline.what})` : '',
      baseline ? round(ratioTo(baseline.values, figure.values)) : '',
      figure.note ?? '',
    ];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

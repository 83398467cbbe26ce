/**
 * sequence-set - `1:4,7,*`: which messages a command is about (RFC 3501 section 9, sequence-set).
 */
import { SyntaxFault } from './tokens.ts';

export interface SequenceSet {
  has(number: number): boolean;
  /** Names a number above `largest`: wrong for sequence numbers, allowed for unique ids. */
  readonly reachesBeyond: boolean;
}

const pattern = /^(?:(?:[1-9]\d{0,9}|\*)(?::(?:[1-9]\d{0,9}|\*))?(?:,(?!$)|$))+$/;

/** `*` is `largest`. @throws SyntaxFault. */
export function readSequenceSet(text: string, largest: number, what = 'messageset'): SequenceSet {
  if (!pattern.test(text)) throw new SyntaxFault(`Invalid ${what}`);
  const value = (word: string): number => (word === '*' ? largest : Number(word));
  const ranges = text
    .split(',')
    .map((range): [number, number] => {
      const [first = '', last = first] = range.split(':');
      const [low, high] = [value(first), value(last)];
      return low <= high ? [low, high] : [high, low]; // RFC 3501: 4:2 is 2:4
    })
    .sort((first, second) => first[0] - second[0]);
  const merged = merge(ranges);
  return {
    reachesBeyond: ranges.some(([low, high]) => high > largest || low === 0),
    has: (number) => contains(merged, number),
  };
}

function merge(sorted: readonly [number, number][]): [number, number][] {
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

/** By halving: a set of thousands of ranges on a full mailbox stays cheap. */
function contains(ranges: readonly [number, number][], number: number): boolean {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [start = 0, end = 0] = ranges[middle] ?? [];
    if (number < start) high = middle - 1;
    else if (number > end) low = middle + 1;
    else return true;
  }
  return false;
}

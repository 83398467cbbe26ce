/**
 * sequence-set - `1:4,7,*`: which messages a command is about (RFC 3501 section 9, sequence-set).
 */
import { SyntaxFault } from './tokens.ts';

/** A test for numbers; `*` is `largest`. @throws SyntaxFault. */
export function readSequenceSet(text: string, largest: number): (number: number) => boolean {
  if (!/^(\d+|\*)(:(\d+|\*))?(,(\d+|\*)(:(\d+|\*))?)*$/.test(text)) throw new SyntaxFault('Invalid sequence set');
  const value = (word: string): number => (word === '*' ? Math.max(largest, 1) : Number(word));
  const ranges = text.split(',').map((range) => {
    const [first = '', last = first] = range.split(':');
    const [low, high] = [value(first), value(last)];
    return low <= high ? [low, high] : [high, low];
  });
  return (number) => ranges.some(([low = 0, high = 0]) => number >= low && number <= high);
}

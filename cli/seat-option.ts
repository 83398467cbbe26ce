/**
 * seat-option - `--seat` (or GATEHOUSE_SEAT, or the first seat) and the number behind `--seats`.
 */
import { InvalidArgumentError, Option } from 'commander';

export function seatOption(): Option {
  return new Option('--seat <seat>', 'whose hosts').env('GATEHOUSE_SEAT').default('pc1');
}

/** The number behind --seats. @throws InvalidArgumentError outside of 1 to 250 */
export function readSeats(text: string): number {
  const seats = Number(text);
  if (!Number.isInteger(seats) || seats < 1 || seats > 250)
    throw new InvalidArgumentError('a workshop has 1 to 250 seats');
  return seats;
}

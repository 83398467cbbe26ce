/**
 * seat-option - `--seat`, or GATEHOUSE_SEAT, or the first seat.
 */
import { Option } from 'commander';

export function seatOption(): Option {
  return new Option('--seat <seat>', 'whose hosts').env('GATEHOUSE_SEAT').default('pc1');
}

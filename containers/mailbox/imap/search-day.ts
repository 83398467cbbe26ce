/**
 * search-day - days as SEARCH compares them: numbers of days, without time and zone (RFC 3501 section 6.4.4).
 */
import { SyntaxFault } from './tokens.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayMs = 86_400_000;

/** `24-Nov-2026`. @throws SyntaxFault. */
export function readDay(text: string): number {
  const [, day, month = '', year] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text) ?? [];
  const number = dayNumber(day, month, year);
  if (number === undefined) throw new SyntaxFault('Invalid search date parameter');
  return number;
}

/** The day that a Date field writes, whatever its zone; undefined when it has none. */
export function dayOf(field: string): number | undefined {
  const [, day, month = '', year] =
    /(?:^|[\s,])(\d{1,2}) +([A-Za-z]{3}) +(\d{4})(?:\s|$)/.exec(field.slice(0, 200)) ?? [];
  return dayNumber(day, month, year);
}

function dayNumber(day: string | undefined, month: string, year: string | undefined): number | undefined {
  const index = months.indexOf(month.toLowerCase());
  if (day === undefined || year === undefined || index < 0 || Number(day) < 1 || Number(day) > 31) return undefined;
  return Math.floor(Date.UTC(Number(year), index, Number(day)) / dayMs);
}

/** `key` is BEFORE, ON or SINCE. A message without a date came before all days, as with Dovecot. */
export function compareDay(key: string, messageDay: number | undefined, day: number): boolean {
  if (messageDay === undefined) return key === 'BEFORE';
  return key === 'BEFORE' ? messageDay < day : key === 'SINCE' ? messageDay >= day : messageDay === day;
}

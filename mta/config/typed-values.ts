/**
 * typed-values - expanded text to booleans, numbers, times and lists, failing in Postfix's words (postconf(5)).
 */
import { FatalConfigError } from './config.ts';

/** @throws FatalConfigError `bad boolean configuration`. */
export function readBool(name: string, text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new FatalConfigError(`bad boolean configuration: ${name} = ${text}`, `set ${name} to yes or no`);
}

/** @throws FatalConfigError `bad numerical configuration`. */
export function readInteger(name: string, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new FatalConfigError(
    `bad numerical configuration: ${name} = ${text}`,
    `set ${name} to digits only, such as 10240000: no K, M or MB`,
  );
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `5m` in milliseconds; digits alone are in `defaultUnit`. @throws FatalConfigError `bad time value or unit`. */
export function readDurationMs(name: string, text: string, defaultUnit: string): number {
  const [, digits, unit = defaultUnit] = /^(\d+)([smhdw])?$/i.exec(text.trim()) ?? [];
  if (digits === undefined)
    throw new FatalConfigError(
      `parameter ${name}: bad time value or unit: ${text}`,
      `write a number and s, m, h, d or w, such as ${name} = 5m`,
    );
  return Number(digits) * (unitMs[unit.toLowerCase()] ?? 1000);
}

/** Elements between commas and white space; `{ a b }` is one element, given without its braces. @throws FatalConfigError for an open brace. */
export function splitList(text: string): string[] {
  const elements: string[] = [];
  let rest = text.replace(/^[\s,]+/, '');
  while (rest !== '') {
    const length = elementLength(rest);
    const element = rest.slice(0, length);
    elements.push(element.startsWith('{') ? element.slice(1, -1).trim() : element);
    rest = rest.slice(length).replace(/^[\s,]+/, '');
  }
  return elements;
}

/** Braces may also stand inside an element: `inline:{a=b}`. */
function elementLength(text: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '{') depth += 1;
    else if (character === '}') depth -= 1;
    else if (depth === 0 && /[\s,]/.test(character)) return index;
  }
  if (depth > 0) throw new FatalConfigError(`missing '}' in "${text}"`, 'close the brace');
  return text.length;
}

/**
 * expand - `$name`, `${name}`, `$(name)`, `${name?text}`, `${name:text}`, `${name?{a}:{b}}`, `${{a} == {b} ? {x} : {y}}`, `$$` (postconf(5)).
 *
 * Recursive, when a value is used. An unknown name is empty. A loop or an unclosed reference is Postfix's fatal error.
 */
import { FatalConfigError } from './config.ts';

/** Unexpanded value of a name; undefined when there is none. */
export type Lookup = (name: string) => string | undefined;

const deepest = 100;

/** Expands `text`. @throws FatalConfigError for loops and unclosed references. */
export function expandValue(text: string, lookup: Lookup, depth = 0): string {
  if (depth > deepest) throw new FatalConfigError('macro processing error', 'two parameters refer to each other');
  let result = '';
  let position = 0;
  while (position < text.length) {
    const dollar = text.indexOf('$', position);
    if (dollar < 0) return result + text.slice(position);
    result += text.slice(position, dollar);
    const next = text.charAt(dollar + 1);
    if (next === '$') {
      result += '$';
      position = dollar + 2;
    } else if (next === '{' || next === '(') {
      const end = findClosing(text, dollar + 1);
      result += expandReference(text.slice(dollar + 2, end), lookup, depth);
      position = end + 1;
    } else {
      const name = /^[A-Za-z0-9_]+/.exec(text.slice(dollar + 1))?.[0] ?? '';
      result += name === '' ? '$' : expandName(name, lookup, depth);
      position = dollar + 1 + name.length;
    }
  }
  return result;
}

function expandName(name: string, lookup: Lookup, depth: number): string {
  return expandValue(lookup(name) ?? '', lookup, depth + 1);
}

/** The inside of `${...}`. */
function expandReference(inside: string, lookup: Lookup, depth: number): string {
  if (inside.trimStart().startsWith('{')) return expandComparison(inside.trim(), lookup, depth);
  const [, name = '', operator, rest = ''] = /^\s*([A-Za-z0-9_]+)\s*([?:])?(.*)$/s.exec(inside) ?? [];
  if (name === '') throw new FatalConfigError('macro processing error', `"\${${inside}}" names no parameter`);
  if (operator === undefined) return expandName(name, lookup, depth);
  const isSet = (lookup(name) ?? '') !== '';
  const { yes, no } = operator === '?' ? readBranches(rest) : { yes: undefined, no: unbrace(rest) };
  const chosen = isSet ? yes : no;
  return chosen === undefined ? '' : expandValue(chosen, lookup, depth + 1);
}

/** `{a}:{b}` or plain text after `?`. */
function readBranches(rest: string): { yes: string; no: string | undefined } {
  const text = rest.trimStart();
  if (!text.startsWith('{')) return { yes: rest, no: undefined };
  const end = findClosing(text, 0);
  const after = text.slice(end + 1).trim();
  return { yes: text.slice(1, end), no: after.startsWith(':') ? unbrace(after.slice(1)) : undefined };
}

function unbrace(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith('{') && findClosing(trimmed, 0) === trimmed.length - 1 ? trimmed.slice(1, -1) : text;
}

/** `{left} operator {right} ? {yes} : {no}`; `<level` and its like compare compatibility levels. */
function expandComparison(text: string, lookup: Lookup, depth: number): string {
  const leftEnd = findClosing(text, 0);
  const [, operator = '', level] = /^\s*(==|!=|<=|>=|<|>)(level)?\s*/.exec(text.slice(leftEnd + 1)) ?? [];
  const rightStart = text.indexOf('{', leftEnd + 1);
  if (operator === '' || rightStart < 0)
    throw new FatalConfigError('macro processing error', `"${text}" is no comparison: write {a} == {b} ? {x} : {y}`);
  const rightEnd = findClosing(text, rightStart);
  const left = expandValue(text.slice(1, leftEnd), lookup, depth + 1).trim();
  const right = expandValue(text.slice(rightStart + 1, rightEnd), lookup, depth + 1).trim();
  const after = text.slice(rightEnd + 1).trim();
  const { yes, no } = readBranches(after.startsWith('?') ? after.slice(1) : '{1}');
  const chosen = compare(left, right, operator, level !== undefined) ? yes : no;
  return chosen === undefined ? '' : expandValue(chosen, lookup, depth + 1);
}

function compare(left: string, right: string, operator: string, asLevels: boolean): boolean {
  const numeric = /^\d+$/.test(left) && /^\d+$/.test(right);
  const order = asLevels
    ? compareLevels(left, right)
    : numeric
      ? Number(left) - Number(right)
      : left < right
        ? -1
        : left > right
          ? 1
          : 0;
  const outcomes: Record<string, boolean> = {
    '==': order === 0,
    '!=': order !== 0,
    '<': order < 0,
    '<=': order <= 0,
    '>': order > 0,
    '>=': order >= 0,
  };
  return outcomes[operator] ?? false;
}

/** `3.6` against `3.10`: part by part. */
function compareLevels(left: string, right: string): number {
  const [first, second] = [left, right].map((level) => level.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (first?.[index] ?? 0) - (second?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function findClosing(text: string, open: number): number {
  const [opening, closing] = text.charAt(open) === '(' ? ['(', ')'] : ['{', '}'];
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    if (text.charAt(index) === opening) depth += 1;
    else if (text.charAt(index) === closing && --depth === 0) return index;
  }
  throw new FatalConfigError(`truncated macro reference: "${text}"`, `close the "${opening}" with "${closing}"`);
}

/**
 * pattern - tables that are tried rule by rule: regexp, pcre and cidr (regexp_table(5), pcre_table(5), cidr_table(5)).
 *
 * The first rule that matches decides; `!pattern` negates; `if`/`endif` group. Text: read when opened, so a change needs a reload, as with Postfix.
 *
 * Limits: JavaScript's regular expressions stand for POSIX's and PCRE's; patterns that only those know are reported and skipped. A pattern that backtracks without end
 * would hold the host up: such rules are the student's own.
 */
import ipaddr from 'ipaddr.js';
import type { ConfigWarning } from '../config.ts';
import { logicalLines } from '../read-main-cf.ts';
import type { LookupTable } from './table.ts';

interface Rule {
  matches(key: string): readonly string[] | undefined;
  /** Undefined for `if`. */
  readonly result: string | undefined;
  readonly inside: readonly Rule[];
}

export interface PatternTable extends LookupTable {
  readonly warnings: readonly ConfigWarning[];
}

/** Makes a table of the text of `file`. */
export function createPatternTable(type: 'regexp' | 'pcre' | 'cidr', file: string, text: string): PatternTable {
  const warnings: ConfigWarning[] = [];
  const warn = (line: number, text_: string, cure: string): void =>
    void warnings.push({ file, line, text: `${type} map ${file}, line ${line}: ${text_}`, cure });
  const rules = readRules(
    [...logicalLines(text)],
    (written, line) => (type === 'cidr' ? readCidr(written, line, warn) : readRegex(type, written, line, warn)),
    warn,
  );
  return {
    name: `${type}:${file}`,
    type,
    isPattern: true,
    warnings,
    lookup: (key) => Promise.resolve(findRule(rules, key)),
  };
}

function findRule(rules: readonly Rule[], key: string): { kind: 'found'; value: string } | { kind: 'absent' } {
  for (const rule of rules) {
    const groups = rule.matches(key);
    if (!groups) continue;
    if (rule.result !== undefined) return { kind: 'found', value: substitute(rule.result, groups) };
    const inner = findRule(rule.inside, key);
    if (inner.kind === 'found') return inner;
  }
  return { kind: 'absent' };
}

/** `$1`, `${1}`, `$(1)`, `$$`. */
function substitute(result: string, groups: readonly string[]): string {
  return result.replace(/\$(?:(\$)|(\d)|\{(\d+)\}|\((\d+)\))/g, (_whole, dollar, one, braced, bracketed) =>
    dollar ? '$' : (groups[Number(one ?? braced ?? bracketed)] ?? ''),
  );
}

type Warn = (line: number, text: string, cure: string) => void;
type Read = (written: string, line: number) => { matches: Rule['matches']; rest: string } | undefined;

function readRules(lines: readonly { text: string; line: number }[], read: Read, warn: Warn): Rule[] {
  const top: Rule[] = [];
  const open: Rule[][] = [top];
  for (const { text, line } of lines) {
    if (/^endif\b/i.test(text)) {
      if (open.length > 1) open.pop();
      else warn(line, 'ignoring ENDIF without matching IF', 'remove it, or add the if');
      continue;
    }
    const isIf = /^if\s/i.test(text);
    const rule = read(isIf ? text.replace(/^if\s+/i, '') : text, line);
    if (!rule) continue;
    const inside: Rule[] = [];
    const result = rule.rest.trim();
    if (!isIf && result === '')
      warn(line, 'no replacement text: using empty string', 'say after the pattern what to do');
    open.at(-1)?.push({ matches: rule.matches, result: isIf ? undefined : result, inside });
    if (isIf) open.push(inside);
  }
  if (open.length > 1) warn(lines.at(-1)?.line ?? 0, 'IF has no matching ENDIF', 'add endif');
  return top;
}

function readRegex(type: string, written: string, line: number, warn: Warn): ReturnType<Read> {
  const negated = written.startsWith('!');
  const text = negated ? written.slice(1).trimStart() : written;
  const delimiter = text.charAt(0);
  let end = 1;
  while (end < text.length && text.charAt(end) !== delimiter) end += text.charAt(end) === '\\' ? 2 : 1;
  if (end >= text.length)
    return void warn(
      line,
      `no closing regexp delimiter "${delimiter}": skipping this rule`,
      `write /pattern/ and close it with "${delimiter}"`,
    );
  const [, letters = '', rest = ''] = /^([A-Za-z]*)(.*)$/s.exec(text.slice(end + 1)) ?? [];
  if (rest !== '' && !/^\s/.test(rest))
    return void warn(
      line,
      `unknown regexp option "${rest.charAt(0)}": skipping this rule`,
      'put a blank after the pattern',
    );
  // The flag i is on by default: giving it turns it off.
  const caseSensitive = (letters.match(/i/g) ?? []).length % 2 === 1;
  // Without flags ^ and $ are the ends of the key, also of a folded header, and the dot matches its line ends (regexp_table(5), pcre_table(5)).
  const perLine = letters.includes('m');
  const dotAll = type === 'pcre' ? !letters.includes('s') : !perLine;
  const flags = `${caseSensitive ? '' : 'i'}${perLine ? 'm' : ''}${dotAll ? 's' : ''}`;
  try {
    const regex = new RegExp(toJavaScript(text.slice(1, end)), flags);
    return {
      rest,
      matches: (key) => (negated ? (regex.test(key) ? undefined : [key]) : (regex.exec(key) ?? undefined)),
    };
  } catch (error) {
    return void warn(line, `error in regexp: ${(error as Error).message}: skipping this rule`, 'mend the pattern');
  }
}

/** POSIX character classes, which JavaScript does not know. */
function toJavaScript(pattern: string): string {
  const classes: Record<string, string> = {
    alpha: 'A-Za-z',
    digit: '0-9',
    alnum: 'A-Za-z0-9',
    upper: 'A-Z',
    lower: 'a-z',
    space: '\\s',
    punct: '!-\\/:-@\\[-`{-~',
    xdigit: '0-9A-Fa-f',
    blank: ' \\t',
  };
  return pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole);
}

function readCidr(written: string, line: number, warn: Warn): ReturnType<Read> {
  const [, bang, pattern = '', rest = ''] = /^(!?)\s*(\S+)(.*)$/s.exec(written) ?? [];
  const text = pattern.replace(/[[\]]/g, '');
  const whole = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
  if (!ipaddr.isValidCIDR(whole))
    return void warn(
      line,
      `bad net/mask pattern: "${pattern}": skipping this rule`,
      'write an address or a network such as 198.18.0.0/16',
    );
  const [network, length] = ipaddr.parseCIDR(whole);
  return {
    rest,
    matches(key) {
      if (!ipaddr.isValid(key)) return undefined;
      const address = ipaddr.parse(key);
      const inside = address.kind() === network.kind() && address.match(network, length);
      return inside !== (bang === '!') ? [key] : undefined;
    },
  };
}

/**
 * pattern - tables that are tried rule by rule: regexp, pcre and cidr (regexp_table(5), pcre_table(5), cidr_table(5)).
 *
 * The first rule that matches decides; `!pattern` negates; `if`/`endif` group. Text: read when opened, so a change needs a reload, as with Postfix.
 *
 * Limits: JavaScript's regular expressions stand for POSIX's and PCRE's; patterns that only those know are reported and skipped. A pattern that backtracks without end
 * would hold the host up: such rules are the student's own.
 */
import ipaddr from 'ipaddr.js';
import { networkFault } from '../network.ts';
import { logicalLines } from '../read-main-cf.ts';
import type { LookupTable, TableProblem } from './table.ts';

interface Rule {
  matches(key: string): readonly string[] | undefined;
  /** Undefined for `if`. */
  readonly result: string | undefined;
  readonly inside: readonly Rule[];
}

/** Makes a table of the text of `file`. */
export function createPatternTable(type: 'regexp' | 'pcre' | 'cidr', file: string, text: string): LookupTable {
  const problems: TableProblem[] = [];
  const warn = (line: number, text_: string, cure: string): void =>
    void problems.push({
      severity: 'warning',
      file,
      line,
      text: `${type} map ${file}, line ${line}: ${text_}`,
      cure,
    });
  const rules = readRules(
    [...logicalLines(text)],
    (written, line, isIf) =>
      type === 'cidr' ? readCidr(written, line, isIf, warn) : readRegex(type, written, line, isIf, warn),
    warn,
  );
  return {
    name: `${type}:${file}`,
    type,
    isPattern: true,
    problems,
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
type Read = (written: string, line: number, isIf: boolean) => { matches: Rule['matches']; rest: string } | undefined;

function readRules(lines: readonly { text: string; line: number }[], read: Read, warn: Warn): Rule[] {
  const top: Rule[] = [];
  const open: { rules: Rule[]; line: number }[] = [{ rules: top, line: 0 }];
  for (const { text, line } of lines) {
    if (/^endif\b/i.test(text)) {
      if (open.length > 1) {
        open.pop();
      } else warn(line, 'ignoring ENDIF without matching IF', 'remove it, or add the if');
      continue;
    }
    const isIf = /^if\s/i.test(text);
    const rule = read(isIf ? text.replace(/^if\s+/i, '') : text, line, isIf);
    if (!rule) continue;
    const inside: Rule[] = [];
    open.at(-1)?.rules.push({ matches: rule.matches, result: isIf ? undefined : rule.rest.trim(), inside });
    if (isIf) open.push({ rules: inside, line });
  }
  for (const { line } of open.slice(1)) warn(line, 'IF has no matching ENDIF', 'add endif');
  return top;
}

function readRegex(
  type: 'regexp' | 'pcre',
  written: string,
  line: number,
  isIf: boolean,
  warn: Warn,
): ReturnType<Read> {
  const skipping = type === 'pcre' ? 'ignoring this rule' : 'skipping this rule';
  const negated = written.startsWith('!');
  const text = negated ? written.slice(1).trimStart() : written;
  const delimiter = text.charAt(0);
  if (/[A-Za-z0-9]/.test(delimiter))
    return void warn(line, 'ignoring unrecognized request', 'write the pattern between slashes: /pattern/ action');
  let end = 1;
  while (end < text.length && text.charAt(end) !== delimiter) end += text.charAt(end) === '\\' ? 2 : 1;
  if (end >= text.length)
    return void warn(
      line,
      `no closing regexp delimiter "${delimiter}": ${skipping}`,
      `write /pattern/ and close it with "${delimiter}"`,
    );
  const [, letters = '', rest = ''] = /^(\S*)(.*)$/s.exec(text.slice(end + 1)) ?? [];
  const unknown = [...letters].find((letter) => !knownFlags[type].includes(letter));
  if (unknown !== undefined)
    return void warn(
      line,
      `unknown ${type === 'pcre' ? 'PCRE' : 'regexp'} option "${unknown}": skipping this rule`,
      'put a blank after the pattern; the options are i, m and x, with pcre also s, A, E, U and X',
    );
  if (!isIf && rest.trim() === '')
    warn(line, 'no replacement text: using empty string', 'say after the pattern what to do');
  return compileRegex(type, text.slice(1, end), letters, negated, rest, line, warn);
}

const knownFlags = { regexp: 'imx', pcre: 'imsxAEUX' } as const;

function compileRegex(
  type: 'regexp' | 'pcre',
  pattern: string,
  letters: string,
  negated: boolean,
  rest: string,
  line: number,
  warn: Warn,
): ReturnType<Read> {
  const isOdd = (letter: string): boolean => (letters.split(letter).length - 1) % 2 === 1;
  // The flag i is on by default, with pcre also s: giving one turns it off. With regexp the dot stops at line ends where ^ and $ do (REG_NEWLINE).
  const dotAll = type === 'pcre' ? !isOdd('s') : !isOdd('m');
  const flags = `${isOdd('i') ? '' : 'i'}${isOdd('m') ? 'm' : ''}${dotAll ? 's' : ''}`;
  try {
    const written = toJavaScript(isOdd('x') ? withoutComments(pattern) : pattern);
    const regex = new RegExp(isOdd('A') ? `^(?:${written})` : written, flags);
    return {
      rest,
      matches: (key) => (negated ? (regex.test(key) ? undefined : [key]) : (regex.exec(key) ?? undefined)),
    };
  } catch (error) {
    return void warn(
      line,
      faultWords(type, pattern, (error as Error).message),
      'mend the pattern; the rule is skipped',
    );
  }
}

/** What JavaScript says of a bad pattern, in the words of the two libraries that Postfix uses. */
const faults = [
  [/Unterminated group/, 'Unmatched ( or \\(', 'missing closing parenthesis'],
  [/Unmatched '\)'/, 'Unmatched ) or \\)', 'unmatched closing parenthesis'],
  [/Unterminated character class/, 'Unmatched [, [^, [:, [., or [=', 'missing terminating ] for character class'],
  [/Nothing to repeat/, 'Invalid preceding regular expression', 'quantifier does not follow a repeatable item'],
  [/numbers out of order/, 'Invalid content of \\{\\}', 'numbers out of order in {} quantifier'],
  [/Range out of order/, 'Invalid range end', 'range out of order in character class'],
  [/\\ at end of pattern/, 'Trailing backslash', '\\ at end of pattern'],
] as const;

function faultWords(type: 'regexp' | 'pcre', pattern: string, message: string): string {
  const [, posix = message, pcre = message] = faults.find(([form]) => form.test(message)) ?? [];
  return type === 'regexp' ? posix : `error in regex at offset ${pattern.length}: ${pcre}`;
}

/** The flag x: blanks and comments in the pattern do not count, but in a class or after a backslash. */
function withoutComments(pattern: string): string {
  return pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]|#[^\n]*|\s+/gs, (part) => (/^[\\[]/.test(part) ? part : ''));
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

function readCidr(written: string, line: number, isIf: boolean, warn: Warn): ReturnType<Read> {
  const [, bang, pattern = '', rest = ''] = /^(!?)\s*(\S+)(.*)$/s.exec(written) ?? [];
  const fault = cidrFault(pattern, rest, isIf);
  if (fault) return void warn(line, `${fault.text}: skipping this rule`, fault.cure);
  const [network, length] = ipaddr.parseCIDR(wholeNetwork(pattern));
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

/** A single address is a network of one. */
function wholeNetwork(pattern: string): string {
  const text = pattern.replace(/[[\]]/g, '');
  return text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
}

function cidrFault(pattern: string, rest: string, isIf: boolean): { text: string; cure: string } | undefined {
  const fault = networkFault(pattern.replace(/[[\]]/g, ''));
  if (fault !== undefined) return { text: fault, cure: 'write an address or a network such as 198.18.0.0/15' };
  if (!isIf && rest.trim() === '') return { text: 'no lookup result', cure: 'say after the pattern what to do' };
  return undefined;
}

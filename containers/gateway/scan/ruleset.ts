/**
 * ruleset - a MailScanner rules file: who sends or gets the mail decides an option's value.
 *
 * Lines `Direction: pattern [and Direction: pattern] value`; directions From, To, FromOrTo, FromAndTo; patterns: `default`, `user@dom`, `*@dom`, `*@*.dom`, `dom`, `user@*`, an
 * address or its beginning (`198.18.`), a network (`198.18.0.0/16`), `/regex/`. From also looks at the client's address.
 *
 * `host:name`, `host:*.dom`, `host:` (no name), `host:_SPOOFED_`, and `Virus:` with a text of the report. A pattern of a student's that takes too long is an error: the message stays held.
 */
import ipaddr from 'ipaddr.js';
import { runBounded } from '#util/bounded-work.ts';

/** Whose mail it is. */
export interface RuleContext {
  readonly clientAddress: string;
  /** Verified name of the client, or `unknown`. */
  readonly clientName?: string;
  readonly isClientSpoofed?: boolean;
  /** What was found so far (`Virus:` rules). */
  readonly reports?: readonly string[];
  readonly reversePath: string;
  readonly recipients: readonly string[];
}

export interface Ruleset {
  /** Every value with its line, for checks. */
  readonly rules: readonly { readonly line: number; readonly value: string }[];
  /** Values of matching lines in file order; `default` lines only when nothing else matched. */
  matches(context: RuleContext): readonly string[];
}

export interface RulesetFault {
  readonly line: number;
  readonly text: string;
  readonly cure: string;
}

type Direction = 'from' | 'to' | 'fromorto' | 'fromandto' | 'virus';
type ClientTest = (context: RuleContext) => boolean;
interface Condition {
  readonly direction: Direction;
  readonly matchesAddress: (address: string) => boolean;
  readonly matchesClient: ClientTest;
  readonly isDefault: boolean;
}

/** Reads a rules file's text. `valueProblem` says what is wrong with a value, as a cure; such a rule is left out. */
export function parseRuleset(
  text: string,
  valueProblem: (value: string) => string | undefined = () => undefined,
): { ruleset: Ruleset; faults: readonly RulesetFault[] } {
  const faults: RulesetFault[] = [];
  const rules: { line: number; conditions: Condition[]; value: string }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/(^|\s)#.*/, '').trim();
    if (line === '') continue;
    const parsed = parseRule(line);
    if (typeof parsed === 'string')
      faults.push({
        line: index + 1,
        text: `Syntax error in line ${index + 1} of ruleset: ${parsed}`,
        cure: 'write: From: user@example value, or FromOrTo: default value',
      });
    else {
      const problem = valueProblem(parsed.value);
      if (problem === undefined) rules.push({ line: index + 1, ...parsed });
      else
        faults.push({
          line: index + 1,
          text: `Syntax error in line ${index + 1} of ruleset: value "${parsed.value}"`,
          cure: problem,
        });
    }
  }
  return {
    faults,
    ruleset: {
      rules,
      matches(context) {
        const hits = rules.filter((rule) => rule.conditions.every((condition) => holds(condition, context)));
        const special = hits.filter((rule) => !rule.conditions.every((condition) => condition.isDefault));
        return (special.length > 0 ? special : hits).map((rule) => rule.value);
      },
    },
  };
}

function parseRule(line: string): { conditions: Condition[]; value: string } | string {
  const conditions: Condition[] = [];
  let rest = line;
  for (;;) {
    const match = /^([A-Za-z]+):?\s+(\/(?:\\.|[^/])*\/|\S+)(?:\s+(.*))?$/.exec(rest);
    if (!match) return `"${line}"`;
    const direction = readDirection(match[1] ?? '');
    if (!direction) return `direction "${match[1]}" is not From, To, FromOrTo, FromAndTo or Virus`;
    const condition = readCondition(direction, match[2] ?? '');
    if (typeof condition === 'string') return condition;
    conditions.push(condition);
    rest = match[3] ?? '';
    if (!/^and\s/i.test(rest) || conditions.length === 2) return { conditions, value: rest };
    rest = rest.replace(/^and\s+/i, '');
  }
}

/** MailScanner looks at the letters that a direction holds, not at its spelling. */
function readDirection(word: string): Direction | undefined {
  const text = word.toLowerCase();
  if (text.includes('virus')) return 'virus';
  if (text.includes('from') && text.includes('to')) return text.includes('and') ? 'fromandto' : 'fromorto';
  return text.includes('from') ? 'from' : text.includes('to') ? 'to' : undefined;
}

const never = (): boolean => false;

function readCondition(direction: Direction, pattern: string): Condition | string {
  const condition = (
    matchesAddress: (address: string) => boolean,
    matchesClient: ClientTest = never,
    isDefault = false,
  ): Condition => ({
    direction,
    matchesAddress,
    matchesClient,
    isDefault,
  });
  if (/^(default|\*@\*)$/i.test(pattern))
    return condition(
      () => true,
      () => true,
      true,
    );
  if (/^host:/i.test(pattern)) return condition(never, hostTest(pattern.slice('host:'.length)));
  if (direction === 'virus' && !pattern.startsWith('/'))
    return condition((report) => report.toLowerCase().includes(pattern.toLowerCase()));
  if (pattern.startsWith('/')) return readRegex(pattern, condition);
  if (/^\d+\.[\d.]*\d$|^\d+\.([\d]+\.)*$/.test(pattern))
    return condition(
      never,
      ({ clientAddress }) =>
        clientAddress === pattern || clientAddress.startsWith(pattern.endsWith('.') ? pattern : `${pattern}.`),
    );
  if (/^[\d.]+\/[\d.]+$/.test(pattern)) {
    const network = readNetwork(pattern);
    if (!network) return `"${pattern}" is no network`;
    return condition(
      never,
      ({ clientAddress }) => ipaddr.IPv4.isValid(clientAddress) && ipaddr.IPv4.parse(clientAddress).match(network),
    );
  }
  const glob = pattern.includes('@') ? pattern : `*@${pattern}`;
  const regex = globRegex(glob, '[^@]*');
  return condition((address) => regex.test(address));
}

/** `198.18.0.0/15` or `198.18.0.0/255.254.0.0`. */
function readNetwork(pattern: string): [ipaddr.IPv4, number] | undefined {
  const [base = '', size = ''] = pattern.split('/');
  if (!ipaddr.IPv4.isValidFourPartDecimal(base)) return undefined;
  const bits = size.includes('.')
    ? ipaddr.IPv4.isValidFourPartDecimal(size)
      ? ipaddr.IPv4.parse(size).prefixLengthFromSubnetMask()
      : null
    : Number(size);
  return bits === null || bits > 32 ? undefined : [ipaddr.IPv4.parse(base), bits];
}

function hostTest(name: string): ClientTest {
  if (name === '') return ({ clientName = 'unknown' }) => clientName === 'unknown';
  if (/^_spoofed_$/i.test(name)) return ({ isClientSpoofed = false }) => isClientSpoofed;
  const regex = globRegex(name, '.*');
  return ({ clientName = 'unknown' }) => clientName !== 'unknown' && regex.test(clientName);
}

function globRegex(glob: string, star: string): RegExp {
  return new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, star)}$`, 'i');
}

function readRegex(
  pattern: string,
  condition: (address: (text: string) => boolean, client: ClientTest) => Condition,
): Condition | string {
  try {
    const regex = new RegExp(pattern.slice(1, -1), 'i');
    // A pattern without letters is about addresses of clients, one with letters about mail addresses; `/^$/` is the null sender.
    const aboutClients = !/[a-z@]/i.test(pattern.replace(/\\[dDwWsSbB]/g, '')) && pattern !== '/^$/';
    return condition(
      aboutClients ? never : (address) => testBounded(regex, address),
      aboutClients ? ({ clientAddress }) => testBounded(regex, clientAddress) : never,
    );
  } catch {
    return `"${pattern}" is no regular expression`;
  }
}

/** @throws Error when the pattern does not come to an end. */
function testBounded(regex: RegExp, text: string): boolean {
  const outcome = runBounded(250, () => regex.test(text));
  if (outcome.kind === 'too-long')
    throw new Error(`pattern /${regex.source}/ of a ruleset takes too long (cure: no repetition inside a repetition)`);
  return outcome.value;
}

function holds(condition: Condition, context: RuleContext): boolean {
  if (condition.direction === 'virus')
    return (context.reports ?? []).some((report) => condition.matchesAddress(report));
  const from = condition.matchesAddress(context.reversePath) || condition.matchesClient(context);
  const to = context.recipients.some((recipient) => condition.matchesAddress(recipient));
  switch (condition.direction) {
    case 'from':
      return from;
    case 'to':
      return to;
    case 'fromorto':
      return from || to;
    case 'fromandto':
      return from && to;
  }
}

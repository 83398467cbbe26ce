/**
 * ruleset - a MailScanner rules file: who sends or gets the mail decides an option's value.
 *
 * Lines `Direction: pattern [and Direction: pattern] value`; directions From, To, FromOrTo, FromAndTo; patterns: `default`, `user@dom`, `*@dom`, `*@*.dom`, `dom`, `user@*`, an
 * address or its beginning (`198.18.`), a network (`198.18.0.0/16`), `/regex/`. From also looks at the client's address.
 *
 * Limits: `Virus:` and `host:` patterns are reported as faults.
 */
import ipaddr from 'ipaddr.js';

/** Whose mail it is. */
export interface RuleContext {
  readonly clientAddress: string;
  readonly reversePath: string;
  readonly recipients: readonly string[];
}

export interface Ruleset {
  /** Values of matching lines in file order; `default` lines only when nothing else matched. */
  matches(context: RuleContext): readonly string[];
}

export interface RulesetFault {
  readonly line: number;
  readonly text: string;
  readonly cure: string;
}

type Direction = 'from' | 'to' | 'fromorto' | 'fromandto';
interface Condition {
  readonly direction: Direction;
  readonly matchesAddress: (address: string) => boolean;
  readonly matchesClient: (address: string) => boolean;
  readonly isDefault: boolean;
}

/** Reads a rules file's text. */
export function parseRuleset(text: string): { ruleset: Ruleset; faults: readonly RulesetFault[] } {
  const faults: RulesetFault[] = [];
  const rules: { conditions: Condition[]; value: string }[] = [];
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
    else rules.push(parsed);
  }
  return {
    faults,
    ruleset: {
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
    const match = /^([A-Za-z]+):?\s+(\/(?:\\.|[^/])*\/|\S+)\s*(.*)$/.exec(rest);
    if (!match) return `"${line}"`;
    const direction = readDirection(match[1] ?? '');
    if (!direction) return `direction "${match[1]}" is not From, To, FromOrTo or FromAndTo`;
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
  if (text.includes('virus')) return undefined;
  if (text.includes('from') && text.includes('to')) return text.includes('and') ? 'fromandto' : 'fromorto';
  return text.includes('from') ? 'from' : text.includes('to') ? 'to' : undefined;
}

const never = (): boolean => false;

function readCondition(direction: Direction, pattern: string): Condition | string {
  const condition = (
    matchesAddress: (address: string) => boolean,
    matchesClient: (address: string) => boolean = never,
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
  if (/^host:/i.test(pattern)) return 'patterns by host name are not available here';
  if (pattern.startsWith('/')) return readRegex(pattern, condition);
  if (/^\d+\.[\d.]*\d$|^\d+\.([\d]+\.)*$/.test(pattern))
    return condition(
      never,
      (client) => client === pattern || client.startsWith(pattern.endsWith('.') ? pattern : `${pattern}.`),
    );
  if (/^[\d.]+\/\d+$/.test(pattern)) {
    if (!ipaddr.IPv4.isValidCIDR(pattern)) return `"${pattern}" is no network`;
    const network = ipaddr.IPv4.parseCIDR(pattern);
    return condition(never, (client) => ipaddr.IPv4.isValid(client) && ipaddr.IPv4.parse(client).match(network));
  }
  const glob = pattern.includes('@') ? pattern : `*@${pattern}`;
  const regex = new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^@]*')}$`, 'i');
  return condition((address) => regex.test(address));
}

function readRegex(
  pattern: string,
  condition: (address: (text: string) => boolean, client: (text: string) => boolean) => Condition,
): Condition | string {
  try {
    const regex = new RegExp(pattern.slice(1, -1), 'i');
    // A pattern without letters is about addresses of clients, one with letters about mail addresses; `/^$/` is the null sender.
    const aboutClients = !/[a-z@]/i.test(pattern.replace(/\\[dDwWsSbB]/g, '')) && pattern !== '/^$/';
    return condition(
      aboutClients ? never : (address) => regex.test(address),
      aboutClients ? (client) => regex.test(client) : never,
    );
  } catch {
    return `"${pattern}" is no regular expression`;
  }
}

function holds(condition: Condition, context: RuleContext): boolean {
  const from = condition.matchesAddress(context.reversePath) || condition.matchesClient(context.clientAddress);
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

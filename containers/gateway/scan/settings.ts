/**
 * settings - what an option says for a given message: MailScanner.conf, its rulesets, the shipped values.
 *
 * A snapshot: a reload makes a new one. Every value is checked when the snapshot is made, so that a wrong one is reported at start, with file, line and cure, and the
 * shipped value is used in its place.
 */
import type { HostRoot } from '#util/host-root.ts';
import { readHostText } from '#util/host-text.ts';
import { optionKey, scannerOptions, type ScannerOption } from './options.ts';
import { parseActions } from './parse-actions.ts';
import { expandVariables, readMailScannerConf, type ConfFault, type RawName } from './read-mailscanner-conf.ts';
import { parseRuleset, type RuleContext, type Ruleset } from './ruleset.ts';

export interface Settings {
  readonly faults: readonly ConfFault[];
  readonly files: readonly string[];
  /** Options that are set and have no effect here. */
  readonly idle: readonly RawName[];
  /** Where the option is set; undefined when it is not. */
  place(name: string): { readonly file: string; readonly line: number } | undefined;
  /** Everything that the option may be, for some mail. */
  possible(name: string): readonly string[];
  /** `%org-name%` and its like. */
  variable(name: string): string;
  /** The value for that mail; rulesets without a match give the shipped value. */
  text(name: string, mail?: RuleContext): string;
  yes(name: string, mail?: RuleContext): boolean;
  /** Bytes, points or seconds; `k m g` suffixes are thousands. */
  number(name: string, mail?: RuleContext): number;
  words(name: string, mail?: RuleContext): readonly string[];
  /** Options set in the file, with their values, in the table's order (`MailScanner --changed`). */
  changed(): readonly { readonly name: string; readonly shipped: string; readonly value: string }[];
}

interface Value {
  readonly option: ScannerOption;
  readonly text: string;
  readonly ruleset: Ruleset | undefined;
  readonly place: { readonly file: string; readonly line: number } | undefined;
}

const nobody: RuleContext = { clientAddress: '', reversePath: '', recipients: [] };

/** Reads `file` (host path) and everything it refers to. */
export async function loadSettings(root: HostRoot, file = '/etc/MailScanner/MailScanner.conf'): Promise<Settings> {
  const conf = await readMailScannerConf(root, file);
  const variables = new Map([
    ['org-name', 'unconfigured'],
    ['etc-dir', '/etc/MailScanner'],
    ['rules-dir', '/etc/MailScanner/rules'],
    ...conf.variables,
  ]);
  const faults = [...conf.faults];
  const values = new Map<string, Value>();
  for (const option of scannerOptions) {
    const shipped = expandVariables(option.shipped, variables);
    const raw = conf.options.get(optionKey(option.name));
    const ruleset =
      raw && option.rules !== 'no' && isRulesetName(raw.value, variables)
        ? await loadRuleset(root, option, raw, variables, faults)
        : undefined;
    const problem =
      raw && !ruleset && !isRulesetName(raw.value, variables) ? valueProblem(option, raw.value) : undefined;
    if (raw && problem)
      faults.push({
        file: raw.file,
        line: raw.line,
        text: `Syntax error in line ${raw.line}, value "${raw.value}" for ${optionKey(option.name)}`,
        cure: problem,
      });
    const usable =
      raw !== undefined && problem === undefined && !(isRulesetName(raw.value, variables) && option.kind !== 'file');
    values.set(optionKey(option.name), { option, text: usable ? raw.value : shipped, ruleset, place: raw });
  }
  return createSettings(values, variables, { ...conf, faults }, new Set(conf.options.keys()));
}

function createSettings(
  values: ReadonlyMap<string, Value>,
  variables: ReadonlyMap<string, string>,
  { faults, files, idle }: Pick<Settings, 'faults' | 'files' | 'idle'>,
  set: ReadonlySet<string>,
): Settings {
  const find = (name: string): Value => {
    const value = values.get(optionKey(name));
    if (!value) throw new Error(`no MailScanner option "${name}" in the table`);
    return value;
  };
  const isByDefault = isYes(find('Use Default Rules With Multiple Recipients').text);
  const text = (name: string, mail: RuleContext = nobody): string => {
    const value = find(name);
    const matches = value.ruleset?.matches(isByDefault ? asOneRecipient(mail) : mail) ?? [];
    if (matches.length === 0) return value.text;
    if (value.option.rules === 'first') return matches[0] ?? value.text;
    return value.option.kind === 'yesno' ? (matches.some(isYes) ? 'yes' : 'no') : matches.join(' ');
  };
  return {
    faults,
    files,
    idle,
    place: (name) => find(name).place,
    possible: (name) => {
      const { text: value, ruleset } = find(name);
      return ruleset ? [...ruleset.rules.map((rule) => rule.value), value] : [value];
    },
    variable: (name) => variables.get(name) ?? '',
    text,
    yes: (name, mail) => isYes(text(name, mail)),
    number: (name, mail) => readNumber(text(name, mail)) ?? 0,
    words: (name, mail) =>
      text(name, mail)
        .split(/[\s,]+/)
        .filter(Boolean),
    changed: () =>
      [...values.values()]
        .map(({ option, text: value }) => ({
          name: option.name,
          shipped: expandVariables(option.shipped, variables),
          value,
        }))
        .filter((each) => set.has(optionKey(each.name)) && each.shipped !== each.value),
  };
}

/** Several recipients count as their common domain (`*@domain`), or as anybody (`*@*`), so that only rules which fit all of them match. */
function asOneRecipient(mail: RuleContext): RuleContext {
  if (mail.recipients.length < 2) return mail;
  const domains = new Set(
    mail.recipients.map((recipient) => recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase()),
  );
  return { ...mail, recipients: [domains.size === 1 ? `*@${[...domains].join('')}` : '*@*'] };
}

function isRulesetName(value: string, variables: ReadonlyMap<string, string>): boolean {
  return /^\/\S+\.rules?$/.test(value) || (value.startsWith(`${variables.get('rules-dir')}/`) && !/\s/.test(value));
}

async function loadRuleset(
  root: HostRoot,
  option: ScannerOption,
  { value: name, file, line }: { value: string; file: string; line: number },
  variables: ReadonlyMap<string, string>,
  faults: ConfFault[],
): Promise<Ruleset | undefined> {
  const text = await readHostText(root, name).catch(() => undefined);
  if (text === undefined) {
    faults.push({
      file,
      line,
      text: `Could not read ruleset file ${name}`,
      cure: 'create the file, or give the value itself',
    });
    return undefined;
  }
  const parsed = parseRuleset(expandVariables(text, variables), (value) => valueProblem(option, value));
  faults.push(...parsed.faults.map((fault) => ({ file: name, ...fault })));
  return parsed.ruleset;
}

/** What is wrong with a value, as a cure; undefined when nothing. */
function valueProblem(option: ScannerOption, value: string): string | undefined {
  if (option.kind === 'yesno' && !/^(yes|no|1|0)$/i.test(value)) return 'write yes or no';
  if (option.kind === 'number' && readNumber(value) === undefined) return 'write a number, such as 6 or 200k';
  if (/Modify Subject$/.test(option.name) && !/^(no|yes|start|end)$/i.test(value)) return 'write no, start or end';
  if (option.name === 'Multiple Headers' && !/^(append|add|replace)$/i.test(value))
    return 'write append, add or replace';
  if (option.kind === 'actions') {
    const { unknown } = parseActions(value);
    if (unknown.length > 0)
      return `"${unknown.join('", "')}" is no action; write deliver, delete, store, forward user@domain, header "Name: value", notify, bounce, striphtml or attachment`;
  }
  return undefined;
}

function isYes(value: string): boolean {
  return /^(yes|1)$/i.test(value.trim());
}

/** `200k` is 200 000. */
function readNumber(text: string): number | undefined {
  const [, digits, suffix = ''] = /^(-?\d+(?:\.\d+)?)([kmg]?)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * ({ k: 1e3, m: 1e6, g: 1e9 }[suffix.toLowerCase()] ?? 1);
}

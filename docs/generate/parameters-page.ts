/**
 * parameters-page - docs/reference/parameters.md: the main.cf parameters that the MTA acts on (postconf(5)).
 *
 * A parameter is acted on where its name stands as a string in the code of the MTA or of a host. Its type is how it is read there, its default that of
 * `mta/config/postfix-3.7-defaults.cf`, its sentence the one of `mta/config/en/parameters.yaml`.
 *
 * Limits: names made at run time (`slow_destination_concurrency_limit`) are not seen; the page names their family.
 */
import ts from 'typescript';
import { parse } from 'yaml';
import { defaultValues, machineParameters, parameterKind, timeUnit } from '#mta/config/parameters.ts';
import { findCode, nodesOf, parseSource, readSource } from './sources.ts';
import { code, markdownTable } from './table.ts';

export const parameterTexts = 'mta/config/en/parameters.yaml';

export interface ActedOnParameter {
  readonly name: string;
  /** How the code asks for it: `text`, `bool`, `maps`, ... */
  readonly readAs: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

const accessors = ['text', 'bool', 'integer', 'durationMs', 'list', 'maps', 'matches'];

/** Parameters whose names stand in the code, sorted. */
export function actedOnParameters(): ActedOnParameter[] {
  const found = new Map<string, { name: string; readAs: Set<string>; files: Set<string> }>();
  for (const file of findCode(['mta', 'containers']).filter((each) => each !== 'mta/config/parameters.ts'))
    for (const node of nodesOf(parseSource(file))) {
      if (!ts.isStringLiteralLike(node) || !isParameter(node.text)) continue;
      const entry = found.get(node.text) ?? { name: node.text, readAs: new Set(), files: new Set() };
      found.set(node.text, entry);
      entry.files.add(file);
      const how = accessorOf(node);
      if (how !== undefined) entry.readAs.add(how);
    }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function isParameter(name: string): boolean {
  return defaultValues.has(name) || machineParameters.includes(name);
}

/** `config.bool('name')` gives `bool`. */
function accessorOf(node: ts.Node): string | undefined {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== node || !ts.isPropertyAccessExpression(call.expression))
    return undefined;
  return accessors.find((each) => each === (call.expression as ts.PropertyAccessExpression).name.text);
}

/** The sentences, by parameter. */
export function readParameterTexts(): ReadonlyMap<string, string> {
  return new Map(Object.entries(parse(readSource(parameterTexts)) as Record<string, string>));
}

const typeNames: Readonly<Record<string, string>> = {
  bool: 'yes or no',
  integer: 'number',
  maps: 'tables',
  matches: 'match list',
  list: 'list',
  text: 'text',
};

function typeOf({ name, readAs }: ActedOnParameter): string {
  if (readAs.has('durationMs') || parameterKind(name) === 'time') return `time (${timeUnit(name)})`;
  for (const how of ['bool', 'integer', 'maps', 'matches', 'list']) if (readAs.has(how)) return typeNames[how] ?? how;
  return typeNames[parameterKind(name)] ?? 'text';
}

function defaultOf(name: string): string {
  return machineParameters.includes(name) ? 'of the machine' : code(defaultValues.get(name) ?? '') || '(empty)';
}

export function parametersPage(): string {
  const texts = readParameterTexts();
  const acted = actedOnParameters();
  const names = new Set(acted.map(({ name }) => name));
  const others = [...texts].filter(([name]) => !names.has(name));
  return `# main.cf parameters

The ${acted.length} parameters of postconf(5) that this mail system acts on, with the defaults of Postfix 3.7. A \`time\` without a unit is in the unit in brackets.
A \`match list\` holds names, networks, \`/file\` and \`type:table\`, and \`!\` before what does not match. For deliveries, \`TRANSPORT_destination_concurrency_limit\`
and \`TRANSPORT_destination_recipient_limit\` count for the transport that they name.

${markdownTable(
  ['parameter', 'type', 'default', 'what it does'],
  acted.map((each) => [code(each.name), typeOf(each), defaultOf(each.name), texts.get(each.name) ?? '']),
)}

## Known, without effect here

All ${defaultValues.size + machineParameters.length} parameter names of Postfix 3.7 are known: \`postconf\` shows them and no warning is given for them. Those that people set most often and
that this mail system does not act on:

${markdownTable(
  ['parameter', 'what it does in Postfix'],
  others.map(([name, text]) => [code(name), text]),
)}
`;
}

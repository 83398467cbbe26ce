/**
 * postconf-main - the part of postconf(1) that speaks of main.cf: parameters shown, and settings edited.
 *
 * A name that is no parameter counts as one when something refers to it (`$name`); otherwise it is most likely a typing mistake, and a warning says so.
 */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '#util/atomic-file.ts';
import { editMainCf, type Edit } from '../config/edit-main-cf.ts';
import { FatalConfigError, type MasterService, type PostfixConfig } from '../config/config.ts';
import { foldLine } from '../config/format-service.ts';
import { ownNetworks } from '../config/own-networks.ts';
import { defaultValues, isKnownParameter, machineParameters, transportParameters } from '../config/parameters.ts';
import { readMainCf, splitSetting } from '../config/read-main-cf.ts';
import { loadMasterConfig } from '../config/read-master-cf.ts';
import type { Options } from './options.ts';
import { interfaces, loadAnyConfig, print, ToolError, warn, type Surroundings } from './tool.ts';

const tool = 'postconf';

/** -e, -X and -#. */
export async function editMain({ root, directory }: Surroundings, { flags, rest }: Options): Promise<number> {
  if (rest.length === 0)
    throw new ToolError(
      flags.has('X') || flags.has('#') ? 'missing service argument' : '-e requires name=value argument',
    );
  const edits = rest.map((request): Edit => {
    if (!flags.has('X') && !flags.has('#')) return readSetting(request);
    return { kind: flags.has('X') ? 'delete' : 'comment', name: request };
  });
  const file = root.resolve(`${directory}/main.cf`);
  await writeFileAtomic(file, editMainCf(await readFile(file, 'utf8'), edits));
  return 0;
}

function readSetting(text: string): Edit & { kind: 'set' } {
  try {
    const [name, value] = splitSetting(text.trim(), '');
    return { kind: 'set', name, value };
  } catch (error) {
    if (error instanceof FatalConfigError) throw new ToolError(error.message.replace(/^: /, ''));
    throw error;
  }
}

/** Parameters: all, or those named; -d defaults, -n settings, -x expanded. */
export async function showMain(surroundings: Surroundings, { flags, rest }: Options): Promise<number> {
  if (flags.has('d') && flags.has('n')) throw new ToolError('specify one of -d -n');
  const loaded = await loadAnyConfig(surroundings);
  const overrides = (flags.get('o') ?? []).map(readSetting).map(({ name, value }): [string, string] => [name, value]);
  const config = overrides.length === 0 ? loaded : loaded.with(new Map(overrides));
  const services = await loadMasterConfig(surroundings.directory, surroundings.root).then(
    (master) => master.services,
    () => [],
  );
  const used = usedNames(config, services);
  const perTransport = transportParameters(services);
  const isShown = (name: string): boolean => isKnownParameter(name) || perTransport.has(name) || used.has(name);
  const all = flags.has('n')
    ? [...config.entries.keys()]
    : [...new Set([...defaultValues.keys(), ...perTransport.keys(), ...machineParameters, ...used])];
  for (const name of rest) if (!isShown(name)) warn(tool, { text: `${name}: unknown parameter` });
  const wanted = (rest.length > 0 ? rest : all.sort()).filter(
    (name) => isShown(name) && (!flags.has('n') || config.entries.has(name)),
  );
  for (const name of wanted) {
    const value = valueOf(config, perTransport, name, flags.has('d'), flags.has('x'));
    const line = flags.has('H') ? name : flags.has('h') ? value : `${name} =${value === '' ? '' : ` ${value}`}`;
    print(`${flags.has('f') ? foldLine(line) : line}\n`);
  }
  await warnUnused(surroundings, config, services, used);
  return 0;
}

function valueOf(
  config: PostfixConfig,
  perTransport: ReadonlyMap<string, string>,
  name: string,
  isDefault: boolean,
  isExpanded: boolean,
): string {
  const set = isDefault ? undefined : config.entries.get(name);
  // The built-in default looks at nothing in main.cf: all interfaces, each with its subnet.
  if (name === 'mynetworks' && isDefault) return ownNetworks('subnet', interfaces());
  if (machineParameters.includes(name) && set === undefined) return config.text(name);
  const value = (set ?? defaultValues.get(name) ?? perTransport.get(name) ?? '').replace(/\s+/g, ' ');
  return isExpanded ? config.expand(value) : value;
}

/** Names set in main.cf that are no parameters of Postfix's, but that something refers to. */
function usedNames(config: PostfixConfig, services: readonly MasterService[]): Set<string> {
  const texts = [...config.entries.values(), ...services.flatMap(({ overrides }) => [...overrides.values()])].join(
    '\n',
  );
  const referred = new Set([...texts.matchAll(/\$[{(]?([A-Za-z0-9_]+)/g)].map((match) => match[1] ?? ''));
  for (const name of config.list('smtpd_restriction_classes')) referred.add(name);
  return new Set([...config.entries.keys()].filter((name) => !isKnownParameter(name) && referred.has(name)));
}

/** Most likely typing mistakes, and what Postfix warns of when it reads main.cf. */
async function warnUnused(
  { root, directory }: Surroundings,
  config: PostfixConfig,
  services: readonly MasterService[],
  used: ReadonlySet<string>,
): Promise<void> {
  const file = `${directory}/main.cf`;
  for (const warning of readMainCf(await readFile(root.resolve(file), 'utf8'), file).warnings) warn(tool, warning);
  const perTransport = transportParameters(services);
  const isTypo = (name: string): boolean => !isKnownParameter(name) && !perTransport.has(name) && !used.has(name);
  for (const [name, value] of config.entries)
    if (isTypo(name)) warn(tool, { text: `${file}: unused parameter: ${name}=${value}`, cure: nearest(name) });
  for (const [name, value] of services.flatMap(({ overrides }) => [...overrides]))
    if (isTypo(name))
      warn(tool, { text: `${directory}/master.cf: unused parameter: ${name}=${value}`, cure: nearest(name) });
}

/** The parameter that differs least, if it is near enough to have been meant. */
function nearest(name: string): string | undefined {
  const [best] = [...defaultValues.keys(), ...machineParameters]
    .map((each) => ({ each, distance: distanceOf(name, each) }))
    .sort((first, second) => first.distance - second.distance);
  return best && best.distance <= 2 ? `did you mean ${best.each}?` : undefined;
}

/** Levenshtein's distance; a swap of neighbours counts as two. */
function distanceOf(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...first].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...second].entries())
      next.push(
        Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, (row[column] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row[second.length] ?? 0;
}

/**
 * postconf - postconf(1): shows and edits parameters.
 *
 * `postconf [-c dir] [-n|-d] [-h|-H] [-x] [name ...]`, `-e name=value ...`, `-X name ...`, `-# name ...`, `-M [service/type]`, `-P`, `-m`.
 *
 * Limits: no -o, -C, -b, -l.
 */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '#util/atomic-file.ts';
import { editMainCf, type Edit } from '../config/edit-main-cf.ts';
import { defaultValues, isKnownParameter, machineParameters } from '../config/parameters.ts';
import type { MasterService, PostfixConfig } from '../config/config.ts';
import { readMainCf, splitSetting } from '../config/read-main-cf.ts';
import { loadMasterConfig } from '../config/read-master-cf.ts';
import { tableTypes } from '../config/tables/open-table.ts';
import { findSurroundings, loadConfig, print, readFlags, runTool, ToolError, type Surroundings } from './tool.ts';

await runTool('postconf', async (args) => {
  const { flags, rest } = readFlags(args, 'c');
  const surroundings = findSurroundings(flags.get('c')?.[0]);
  if (flags.has('m')) return say(tableTypes.join('\n'));
  if (flags.has('M')) return showMaster(surroundings, rest);
  if (flags.has('P')) return showOverrides(surroundings);
  if (flags.has('X') || flags.has('#'))
    return edit(
      surroundings,
      rest.map((name) => ({ kind: flags.has('X') ? 'delete' : 'comment', name })),
    );
  if (flags.has('e') || rest.some((word) => word.includes('='))) return edit(surroundings, rest.map(readEdit));
  return show(surroundings, flags, rest);
});

function say(text: string): number {
  if (text !== '') print(`${text}\n`);
  return 0;
}

function readEdit(text: string): Edit {
  const [name, value] = splitSetting(text.trim(), 'command line');
  return { kind: 'set', name, value };
}

async function edit({ root, directory }: Surroundings, edits: readonly Edit[]): Promise<number> {
  if (edits.length === 0) throw new ToolError('usage: postconf -e name=value ...');
  const file = root.resolve(`${directory}/main.cf`);
  await writeFileAtomic(file, editMainCf(await readFile(file, 'utf8'), edits));
  return 0;
}

async function show(
  surroundings: Surroundings,
  flags: ReadonlyMap<string, unknown>,
  names: readonly string[],
): Promise<number> {
  const config = await loadConfig(surroundings);
  const known = names.filter((name) => isShown(config, name));
  for (const name of names)
    if (!isShown(config, name)) process.stderr.write(`postconf: warning: ${name}: unknown parameter\n`);
  const all = flags.has('n')
    ? [...config.entries.keys()]
    : [...new Set([...defaultValues.keys(), ...machineParameters, ...config.entries.keys()])];
  const wanted = names.length > 0 ? known.filter((name) => !flags.has('n') || config.entries.has(name)) : all.sort();
  const lines = wanted.map((name) => {
    const value = valueOf(config, name, flags.has('d'), flags.has('x'));
    return flags.has('H') ? name : flags.has('h') ? value : `${name} =${value === '' ? '' : ` ${value}`}`;
  });
  say(lines.join('\n'));
  if (names.length === 0) await warnUnused(surroundings, config);
  return 0;
}

function isShown(config: PostfixConfig, name: string): boolean {
  return isKnownParameter(name) || config.entries.has(name);
}

function valueOf(config: PostfixConfig, name: string, isDefault: boolean, isExpanded: boolean): string {
  const set = isDefault ? undefined : config.entries.get(name);
  if (machineParameters.includes(name) && set === undefined) return config.text(name);
  const value = set ?? defaultValues.get(name) ?? '';
  return isExpanded ? config.expand(value) : value;
}

/** A name that is no parameter and that nothing refers to is most likely a typing mistake. */
async function warnUnused({ root, directory }: Surroundings, config: PostfixConfig): Promise<void> {
  const file = `${directory}/main.cf`;
  const { entries, warnings } = readMainCf(await readFile(root.resolve(file), 'utf8'), file);
  for (const warning of warnings) process.stderr.write(`postconf: warning: ${warning.text}\n`);
  const services = await loadMasterConfig(directory, root).then(
    (master) => master.services,
    () => [],
  );
  const texts = [
    ...[...entries.values()].map(({ value }) => value),
    ...services.flatMap((service) => [...service.overrides.values()]),
  ].join('\n');
  for (const [name, { value }] of entries)
    if (
      !isKnownParameter(name) &&
      !config.list('smtpd_restriction_classes').includes(name) &&
      !new RegExp(`\\$[{(]?${name}\\b`).test(texts)
    )
      process.stderr.write(`postconf: warning: ${file}: unused parameter: ${name}=${value}\n`);
}

async function showMaster({ root, directory }: Surroundings, requests: readonly string[]): Promise<number> {
  const { services } = await loadMasterConfig(directory, root);
  const wanted =
    requests.length === 0
      ? services
      : services.filter((service) =>
          requests.some((request) => request === service.name || request === `${service.name}/${service.type}`),
        );
  for (const request of requests)
    if (!services.some((service) => request === service.name || request === `${service.name}/${service.type}`))
      process.stderr.write(`postconf: warning: unmatched request: "${request}"\n`);
  return say(wanted.map(formatService).join('\n'));
}

function formatService(service: MasterService): string {
  const fields = [
    service.name.padEnd(10),
    service.type.padEnd(5),
    service.private.padEnd(7),
    service.unprivileged.padEnd(7),
    service.chroot.padEnd(7),
    service.wakeup.padEnd(7),
    service.processLimit.padEnd(7),
    [service.command, ...service.arguments].join(' '),
  ];
  return [fields.join(' '), ...[...service.overrides].map(([name, value]) => `    -o ${name}=${value}`)].join('\n');
}

async function showOverrides({ root, directory }: Surroundings): Promise<number> {
  const { services } = await loadMasterConfig(directory, root);
  return say(
    services
      .flatMap((service) =>
        [...service.overrides].map(([name, value]) => `${service.name}/${service.type}/${name} = ${value}`),
      )
      .join('\n'),
  );
}

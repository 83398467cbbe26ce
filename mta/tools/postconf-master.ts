/**
 * postconf-master - the part of postconf(1) that speaks of master.cf: -M (entries), -F (fields), -P (`-o` parameters), shown and edited.
 */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '#util/atomic-file.ts';
import { FatalConfigError, type MasterService } from '../config/config.ts';
import { editMasterCf, type MasterEdit } from '../config/edit-master-cf.ts';
import { fieldOf, formatService, serviceFields, type ServiceField } from '../config/format-service.ts';
import { loadMasterConfig, readMasterCf } from '../config/read-master-cf.ts';
import type { Options } from './options.ts';
import { print, ToolError, warn, type Surroundings } from './tool.ts';

const tool = 'postconf';

/** -M, -F or -P, without and with -e, -X or -#. */
export async function masterMode(surroundings: Surroundings, { flags, rest }: Options): Promise<number> {
  const mode = flags.has('M') ? 'M' : flags.has('F') ? 'F' : 'P';
  const isEdit = flags.has('e') || flags.has('X') || flags.has('#') || rest.some((word) => word.includes('='));
  const { services } = await loadMasterConfig(surroundings.directory, surroundings.root);
  if (!isEdit) return show(services, mode, rest, flags);
  const edits = rest.map((request) => readEdit(services, mode, flags, request)).filter((edit) => edit !== undefined);
  if (rest.length === 0) throw new ToolError('missing service argument');
  const file = surroundings.root.resolve(`${surroundings.directory}/master.cf`);
  await writeFileAtomic(file, editMasterCf(await readFile(file, 'utf8'), edits));
  return 0;
}

function matching(services: readonly MasterService[], name: string, type: string | undefined): MasterService[] {
  return services.filter(
    (service) =>
      (name === '*' || name === service.name) && (type === undefined || type === '*' || type === service.type),
  );
}

/** `name/type/rest`; a name may hold slashes only in its type's place. */
function splitRequest(request: string): [name: string, type: string | undefined, part: string | undefined] {
  const [name = '', type, ...others] = request.split('/');
  return [name, type, others.length === 0 ? undefined : others.join('/')];
}

function show(
  services: readonly MasterService[],
  mode: 'M' | 'F' | 'P',
  requests: readonly string[],
  flags: Options['flags'],
): number {
  for (const request of requests.length === 0 ? ['*'] : requests) {
    const [name, type, part] = splitRequest(request);
    const found = matching(services, name, type);
    const lines = found.flatMap((service) => describe(service, mode, part, flags));
    if (lines.length > 0) print(`${lines.join('\n')}\n`);
    else if (requests.length > 0) warn(tool, { text: `unmatched request: "${request}"` });
  }
  return 0;
}

function describe(
  service: MasterService,
  mode: 'M' | 'F' | 'P',
  part: string | undefined,
  flags: Options['flags'],
): string[] {
  const shown = (name: string, value: string): string =>
    flags.has('H') ? name : flags.has('h') ? value : `${name} = ${value}`;
  if (mode === 'M') return [formatService(service, flags.has('f'))];
  if (mode === 'P')
    return [...service.overrides]
      .filter(([name]) => part === undefined || part === '*' || part === name)
      .map(([name, value]) => shown(`${service.name}/${service.type}/${name}`, value));
  return fieldsOf(part).map((field) => shown(`${service.name}/${service.type}/${field}`, fieldOf(service, field)));
}

function fieldsOf(part: string | undefined): readonly ServiceField[] {
  if (part === undefined || part === '*') return serviceFields;
  const field = serviceFields.find((each) => each === part);
  if (!field) throw new ToolError(`invalid service attribute name: "${part}"`);
  return [field];
}

/** @throws ToolError, FatalConfigError in Postfix's words; undefined, with a warning, where nothing matches. */
function readEdit(
  services: readonly MasterService[],
  mode: 'M' | 'F' | 'P',
  flags: Options['flags'],
  request: string,
): MasterEdit | undefined {
  const removal = flags.has('X') ? 'delete' : flags.has('#') ? 'comment' : undefined;
  const equals = request.indexOf('=');
  if (removal === undefined && equals < 0) throw new ToolError(`missing '=' after attribute name: "${request}"`);
  const target = removal === undefined ? request.slice(0, equals).trim() : request;
  const value = removal === undefined ? request.slice(equals + 1).trim() : '';
  const [name, type, part] = splitRequest(target);
  if (type === undefined) throw new ToolError('-Me, -MX or -M# requires service_name/type');
  if (mode === 'M')
    return removal === undefined
      ? { kind: 'replace', service: target, text: formatService(readOne(value, request), true) }
      : { kind: removal, service: target };
  const service = matching(services, name, type)[0];
  if (!service || part === undefined) return void warn(tool, { text: `unmatched service_name/type: "${request}"` });
  const changed =
    mode === 'P'
      ? withOverride(service, part, removal === undefined ? value : undefined)
      : withField(service, part, value);
  return { kind: 'replace', service: `${service.name}/${service.type}`, text: formatService(changed, true) };
}

/** @throws ToolError `bad field count`. */
function readOne(text: string, request: string): MasterService {
  try {
    const service = readMasterCf(text, 'master.cf').services[0];
    if (service) return service;
  } catch (error) {
    if (!(error instanceof FatalConfigError) || !error.message.includes('bad field count')) throw error;
  }
  throw new ToolError(`bad field count: "${request}"`);
}

function withField(service: MasterService, part: string, value: string): MasterService {
  const [field] = fieldsOf(part);
  const words = serviceFields.map((each) => (each === field ? value : fieldOf(service, each)));
  return readOne(words.join(' '), `${service.name}/${service.type}/${part}=${value}`);
}

function withOverride(service: MasterService, name: string, value: string | undefined): MasterService {
  const overrides = new Map(service.overrides);
  if (value === undefined) overrides.delete(name);
  else overrides.set(name, value);
  const settings = [...overrides].map(([each, text]) =>
    /\s/.test(text) ? `-o {${each}=${text}}` : `-o ${each}=${text}`,
  );
  return { ...service, overrides, commandLine: [...service.arguments, ...settings].join(' ') };
}

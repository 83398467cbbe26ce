/**
 * compose-file - a workshop as docker-compose.yml: the plan's containers and network, and the service `prepare` that lays their folders first. Pure.
 *
 * Made for docker compose 2 and docker-compose 1.29 alike: no `version`, no `name`, conditions in depends_on, short bind mounts (the engine makes a missing folder; files are there when
 * a host starts, since `prepare` has ended). What all hosts have in common stands once, as a merge key (YAML 1.1). Images that are not there are built, each for one service: compose 2
 * builds all at once and fails where two make the same image. The others start after that one, which is the order in which 1.29 looks for images. None is pulled, for nobody publishes them.
 */
import { Document, isMap, isSeq, type YAMLMap } from 'yaml';
import type { Workspace } from '../../workspace.ts';
import type { World } from '../../world.ts';
import {
  planContainers,
  planNetwork,
  type ContainerImage,
  type ContainerPlan,
  type ContainerRole,
} from '../container-plan.ts';
import { composeNetwork, composeService, type ComposeValue, type ComposeWords } from './compose-service.ts';
import { planPrepare } from './prepare-service.ts';

export interface ComposeWishes {
  readonly world: World;
  readonly workspace: Workspace;
  /** The workspace as the file calls it: `./workshop`, relative to the file, or absolute. */
  readonly shownAs: string;
  imageOf(image: ContainerImage): string;
  /** What the file says of itself to a reader. */
  readonly head: string;
}

const prepared: ComposeWords = { prepare: { condition: 'service_completed_successfully' } };
const images: readonly ContainerImage[] = ['gateway', 'mailbox', 'dns', 'classroom', 'genuine'];
/** What starts only when its profile is asked for. */
const profiles: Partial<Readonly<Record<ContainerRole, string>>> = { scanners: 'scanners' };

/** The text of the file. @throws Error when the plan has an option that a compose file cannot say */
export function composeFile(wishes: ComposeWishes): string {
  const { world, workspace, imageOf } = wishes;
  const plans = planContainers(wishes);
  const builders = chooseBuilders(plans, imageOf('classroom'));
  const hosts = Object.fromEntries(
    plans.map((plan) => [serviceName(plan), hostService(plan, builders.get(imageName(plan)) ?? '', imageOf)]),
  );
  const common = commonWords(Object.values(hosts));
  const prepare = {
    ...buildWords('classroom'),
    pull_policy: 'never',
    ...composeService(planPrepare(world, workspace, imageOf('classroom'))),
  };
  const network = planNetwork(workspace);
  const whole = {
    'x-host': common,
    services: { prepare, ...mapValues(hosts, (host) => without(host, common)) },
    networks: { [network.Name]: composeNetwork(network) },
  };
  return write(whole as unknown as ComposeWords, Object.keys(hosts), wishes);
}

/** Each image's service for which it is built: one that always runs, if there is one. */
function chooseBuilders(plans: readonly ContainerPlan[], classroomImage: string): ReadonlyMap<string, string> {
  const builders = new Map([[classroomImage, 'prepare']]);
  const always = plans.filter(({ role }) => profiles[role] === undefined);
  for (const plan of [...always, ...plans])
    if (!builders.has(imageName(plan))) builders.set(imageName(plan), serviceName(plan));
  return builders;
}

function hostService(plan: ContainerPlan, builder: string, imageOf: ComposeWishes['imageOf']): ComposeWords {
  const isBuilder = builder === serviceName(plan);
  const before = [...(plan.role === 'dns' ? [] : ['dns']), ...(isBuilder || builder in prepared ? [] : [builder])];
  const target = images.find((image) => imageOf(image) === imageName(plan));
  const profile = profiles[plan.role];
  return {
    ...(isBuilder && target !== undefined ? buildWords(target) : {}),
    pull_policy: 'never',
    ...composeService(plan.options),
    depends_on: { ...prepared, ...Object.fromEntries(before.map((name) => [name, { condition: 'service_started' }])) },
    ...(profile === undefined ? {} : { profiles: [profile] }),
  };
}

function imageName({ options }: ContainerPlan): string {
  return options.Image ?? '';
}

/** One Dockerfile for all, since compose builds in no order. */
function buildWords(target: ContainerImage): ComposeWords {
  return { build: { context: '.', dockerfile: 'containers/Dockerfile', target } };
}

function serviceName({ seat, role }: ContainerPlan): string {
  return seat === '' ? role : `${seat}-${role}`;
}

/** Words that all services say alike. */
function commonWords(services: readonly ComposeWords[]): ComposeWords {
  const [first = {}, ...others] = services;
  return Object.fromEntries(
    Object.entries(first).filter(([word, value]) => others.every((other) => isAlike(other[word], value))),
  );
}

function without(service: ComposeWords, common: ComposeWords): ComposeWords {
  return Object.fromEntries(Object.entries(service).filter(([word]) => !(word in common)));
}

function isAlike(one: ComposeValue | undefined, other: ComposeValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function mapValues(map: Readonly<Record<string, ComposeWords>>, change: (value: ComposeWords) => ComposeWords) {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}

function write(whole: ComposeWords, hosts: readonly string[], { workspace, shownAs, head }: ComposeWishes): string {
  // Version 1.1, since 1.29 reads that: `no` has to be quoted for it.
  const document = new Document(spell(whole, workspace.folder, shownAs), { version: '1.1' });
  const common = document.get('x-host') as YAMLMap;
  common.anchor = 'host';
  for (const name of hosts) {
    const service = document.getIn(['services', name]) as YAMLMap;
    service.items.unshift(document.createPair('<<', document.createAlias(common)));
  }
  for (const service of [common, ...(document.get('services') as YAMLMap<unknown, YAMLMap>).items.map(valueOf)])
    writeShort(service);
  document.commentBefore = head.replace(/^(?=.)/gm, ' ');
  return document.toString({ lineWidth: 0, directives: false });
}

function valueOf({ value }: { value: YAMLMap | null }): YAMLMap | null {
  return value;
}

/** Lists of single words, and who is waited for, in one line each. */
function writeShort(service: YAMLMap | null): void {
  for (const { key, value } of service?.items ?? []) {
    const isLong = String(key) === 'volumes' || String(key) === 'environment' || String(key) === 'labels';
    if ((isSeq(value) || isMap(value)) && !isLong) value.flow = true;
  }
}

/** The workspace's folder as the file calls it, and `$` doubled: compose fills in variables (Compose Specification, interpolation). */
function spell(value: ComposeValue, folder: string, shownAs: string): ComposeValue {
  if (typeof value === 'string') {
    const isBelow = value === folder || value.startsWith(`${folder}/`) || value.startsWith(`${folder}:`);
    return (isBelow ? `${shownAs}${value.slice(folder.length)}` : value).replaceAll('$', '$$$$');
  }
  if (Array.isArray(value)) return value.map((each: ComposeValue) => spell(each, folder, shownAs));
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([word, each]) => [word, spell(each, folder, shownAs)]));
  return value;
}

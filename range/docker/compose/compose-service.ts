/**
 * compose-service - a container's or a network's options for the engine, said in the words of a compose file. Pure.
 *
 * Only words that docker compose 2 and Debian's docker-compose 1.29 both know (the Compose Specification without what came later).
 * An option that has no row here is an error, so that no limit of the plan is lost on the way.
 */
import type { ContainerCreateOptions, HostConfig, NetworkCreateOptions } from 'dockerode';

/** What stands behind a word of the file. */
export type ComposeValue =
  string | number | boolean | readonly ComposeValue[] | { readonly [word: string]: ComposeValue };
export type ComposeWords = Readonly<Record<string, ComposeValue>>;

/** One row an option of the engine: its value in, the words out. */
type Rows<Options> = { readonly [Option in keyof Options]?: (value: NonNullable<Options[Option]>) => ComposeWords };

type Pool = NonNullable<NonNullable<NetworkCreateOptions['IPAM']>['Config']>[number];

const containerRows: Rows<ContainerCreateOptions> = {
  name: (value) => ({ container_name: value }),
  Image: (value) => ({ image: value }),
  Entrypoint: (value) => ({ entrypoint: value }),
  Hostname: (value) => ({ hostname: value }),
  StopTimeout: (value) => ({ stop_grace_period: `${value}s` }),
  Env: (value) => ({ environment: Object.fromEntries(value.map(splitVariable)) }),
  Labels: (value) => ({ labels: value }),
  HostConfig: (value) => translate('HostConfig', value, hostRows),
  NetworkingConfig: ({ EndpointsConfig = {} }) => ({
    networks: Object.fromEntries(
      Object.entries(EndpointsConfig).map(([name, endpoint]) => [
        name,
        { ipv4_address: endpoint.IPAMConfig?.IPv4Address ?? '' },
      ]),
    ),
  }),
};

const hostRows: Rows<HostConfig> = {
  // In the short form, where a missing folder is no error: compose 2 makes all containers before `prepare` has run.
  Mounts: (value) => ({
    volumes: value.map(({ Source, Target, ReadOnly = false }) => `${Source}:${Target}${ReadOnly ? ':ro' : ''}`),
  }),
  ReadonlyRootfs: (value) => ({ read_only: value }),
  Tmpfs: (value) => ({ tmpfs: Object.entries(value).map(([place, options]) => `${place}:${options}`) }),
  CapDrop: (value) => ({ cap_drop: value as string[] }),
  CapAdd: (value) => ({ cap_add: value as string[] }),
  SecurityOpt: (value) => ({ security_opt: value as string[] }),
  Memory: (value) => ({ mem_limit: `${value / megabyte}m` }),
  MemorySwap: (value) => ({ memswap_limit: `${value / megabyte}m` }),
  NanoCpus: (value) => ({ cpus: value / 1e9 }),
  PidsLimit: (value) => ({ pids_limit: value }),
  RestartPolicy: ({ Name = 'no' }) => ({ restart: Name }),
  LogConfig: ({ Type = '', Config = {} }) => ({ logging: { driver: Type, options: Config as ComposeWords } }),
  Dns: (value) => ({ dns: value }),
  // A network has its address with it (NetworkingConfig).
  NetworkMode: (value) => (value === 'none' ? { network_mode: value } : {}),
};

const networkRows: Rows<NetworkCreateOptions> = {
  Name: (value) => ({ name: value }),
  Internal: (value) => ({ internal: value }),
  Labels: (value) => ({ labels: value }),
  Options: (value) => ({ driver_opts: value }),
  IPAM: ({ Config = [] }) => ({ ipam: { config: Config.map((pool) => translate('address pool', pool, poolRows)) } }),
};

const poolRows: Rows<Pool> = {
  Subnet: (value) => ({ subnet: value }),
  IPRange: (value) => ({ ip_range: value }),
};

const megabyte = 1024 * 1024;

/** A service. @throws Error naming an option that has no row */
export function composeService(options: ContainerCreateOptions): ComposeWords {
  return translate('container', options, containerRows);
}

/** A network. @throws Error naming an option that has no row */
export function composeNetwork(options: NetworkCreateOptions): ComposeWords {
  return translate('network', options, networkRows);
}

function translate<Options extends object>(of: string, options: Options, rows: Rows<Options>): ComposeWords {
  const words = Object.entries(options).map(([name, value]) => {
    const row = rows[name as keyof Options];
    if (!row) throw new Error(`the ${of}'s option ${name} has no word in a compose file; cure: give it a row`);
    return value === undefined ? {} : row(value as never);
  });
  return Object.assign({}, ...words) as ComposeWords;
}

function splitVariable(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

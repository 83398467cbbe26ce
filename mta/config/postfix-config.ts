/**
 * postfix-config - main.cf loaded: the snapshot that all programs ask (see config.ts for what it promises).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { HostRoot } from '#util/host-root.ts';
import { readTextAt } from '#util/host-text.ts';
import { FatalConfigError, type ConfigWarning, type MatchResult, type PostfixConfig } from './config.ts';
import { expandValue } from './expand.ts';
import { matchList } from './match-list.ts';
import { defaultValues, timeUnit } from './parameters.ts';
import { listening, ownNetworks } from './own-networks.ts';
import { logicalLines, readMainCf } from './read-main-cf.ts';
import { openTable } from './tables/open-table.ts';
import type { LookupTable } from './tables/table.ts';
import { readBool, readDurationMs, readInteger, splitList } from './typed-values.ts';

export interface ConfigSurroundings {
  readonly root: HostRoot;
  /** The system host name. */
  readonly hostname: string;
  readonly interfaces: readonly { readonly address: string; readonly prefixLength: number }[];
}

/** Reads `directory`/main.cf. @throws FatalConfigError when it cannot be read or is not main.cf at all. */
export async function loadPostfixConfig(directory: string, surroundings: ConfigSurroundings): Promise<PostfixConfig> {
  const file = path.posix.join(directory, 'main.cf');
  const text = await readTextAt(surroundings.root.resolve(file)).catch((error: NodeJS.ErrnoException) => {
    throw new FatalConfigError(
      `open ${file}: ${error.code === 'ENOENT' ? 'No such file or directory' : (error.code ?? error.message)}`,
      'the configuration directory must hold a main.cf',
    );
  });
  const { entries, warnings } = readMainCf(text, file);
  return createPostfixConfig(
    directory,
    new Map([...entries].map(([name, { value }]) => [name, value])),
    warnings,
    surroundings,
  );
}

/** A snapshot from settings already read. @throws FatalConfigError when myhostname or mydomain cannot be one. */
export function createPostfixConfig(
  directory: string,
  entries: ReadonlyMap<string, string>,
  warnings: readonly ConfigWarning[],
  surroundings: ConfigSurroundings,
): PostfixConfig {
  const snapshot = new Snapshot(directory, entries, warnings, surroundings);
  snapshot.checkHostname();
  return snapshot;
}

class Snapshot implements PostfixConfig {
  readonly directory: string;
  readonly entries: ReadonlyMap<string, string>;
  readonly warnings: readonly ConfigWarning[];
  readonly #surroundings: ConfigSurroundings;
  #mailname: string | undefined;
  readonly #tables = new Map<string, Promise<LookupTable>>();

  constructor(
    directory: string,
    entries: ReadonlyMap<string, string>,
    warnings: readonly ConfigWarning[],
    surroundings: ConfigSurroundings,
  ) {
    this.directory = directory;
    this.entries = entries;
    this.warnings = warnings;
    this.#surroundings = surroundings;
  }

  checkHostname(): void {
    const name = this.text('myhostname');
    const bad = /[^A-Za-z0-9.-]/.exec(name)?.[0];
    if (name === '' || bad !== undefined || /^\.|\.\.|^-/.test(name))
      throw new FatalConfigError(
        `file ${path.posix.join(this.directory, 'main.cf')}: parameter myhostname: bad parameter value: ${name}`,
        'myhostname is one full host name, such as mail.example.com',
      );
  }

  #raw(name: string): string | undefined {
    return this.entries.get(name) ?? this.#machineDefault(name) ?? defaultValues.get(name);
  }

  #machineDefault(name: string): string | undefined {
    const { hostname, interfaces } = this.#surroundings;
    if (name === 'myhostname')
      return hostname.includes('.')
        ? hostname
        : `${hostname}.${this.entries.has('mydomain') ? '$mydomain' : 'localdomain'}`;
    if (name === 'mydomain')
      return /\./.test(this.text('myhostname')) ? this.text('myhostname').replace(/^[^.]*\./, '') : 'localdomain';
    if (name === 'mynetworks')
      return ownNetworks(
        this.text('mynetworks_style'),
        listening(this.list('inet_interfaces'), this.text('myhostname'), interfaces),
      );
    if (name === 'config_directory') return this.directory;
    if (name === 'process_name' || name === 'service_name') return '';
    return undefined;
  }

  text(name: string): string {
    const value = expandValue(this.#raw(name) ?? '', (each) => this.#raw(each));
    return name === 'myorigin' && value.startsWith('/') ? this.#firstLine(value) : value;
  }

  /** Debian's `myorigin = /etc/mailname`: the file's first line. Read when first asked for, as part of the snapshot. @throws FatalConfigError. */
  #firstLine(file: string): string {
    try {
      this.#mailname ??= readFileSync(this.#surroundings.root.resolve(file), 'utf8').split('\n')[0]?.trim() ?? '';
      return this.#mailname;
    } catch {
      throw new FatalConfigError(
        `open ${file}: No such file or directory`,
        `create ${file} with the domain as its only line, or set myorigin to the domain itself`,
      );
    }
  }

  bool(name: string): boolean {
    return readBool(name, this.text(name));
  }

  integer(name: string): number {
    return readInteger(name, this.text(name));
  }

  durationMs(name: string): number {
    return readDurationMs(name, this.text(name), timeUnit(name));
  }

  list(name: string): readonly string[] {
    return splitList(this.text(name));
  }

  async maps(name: string): Promise<readonly LookupTable[]> {
    return Promise.all(this.list(name).map((each) => this.table(each)));
  }

  table(typeAndName: string): Promise<LookupTable> {
    const known = this.#tables.get(typeAndName);
    if (known) return known;
    const opening = openTable(typeAndName, this.#surroundings.root);
    this.#tables.set(typeAndName, opening);
    return opening;
  }

  async matches(name: string, value: string): Promise<MatchResult> {
    return matchList(this.list(name), value, {
      subdomains: this.list('parent_domain_matches_subdomains').includes(name),
      table: (typeAndName) => this.table(typeAndName),
      lines: (file) =>
        readTextAt(this.#surroundings.root.resolve(file)).then(
          (text) => [...logicalLines(text)].flatMap((line) => splitList(line.text)),
          () => undefined,
        ),
    });
  }

  expand(text: string, extra?: ReadonlyMap<string, string>): string {
    return expandValue(text, (name) => extra?.get(name) ?? this.#raw(name));
  }

  with(overrides: ReadonlyMap<string, string>): PostfixConfig {
    return new Snapshot(this.directory, new Map([...this.entries, ...overrides]), this.warnings, this.#surroundings);
  }
}

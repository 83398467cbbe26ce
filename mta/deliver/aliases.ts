/**
 * aliases - a local name to its destinations: alias_maps, then .forward, expanded to the end (aliases(5), local(8)).
 *
 * Looked up as user+extension, then user; the name that an alias gives for itself is an account. `\name` stops expansion; `:include:/file` brings more. What comes up twice counts once. An alias
 * with an `owner-` alias, and an included list, send on to their members: reports about them go to the owner.
 */
import { splitAddress } from '#mail/address.ts';
import { readHostText } from '#util/host-text.ts';
import type { PostfixConfig } from '../config/config.ts';
import { splitExtension } from '../config/lookup-address.ts';
import type { LookupResult } from '../config/tables/table.ts';
import type { MtaDeps } from '../mta-deps.ts';

/** Where a piece of mail ends up. `as`: the local name at the end of the chain, for the log. `via`: what named a file or command (postconf: allow_mail_to_files). */
export type Destination = { readonly as: string } & (
  | { readonly kind: 'user'; readonly name: string }
  /** Another address, to be mailed anew. */
  | { readonly kind: 'address'; readonly address: string; readonly owner?: string }
  | { readonly kind: 'file'; readonly path: string; readonly via: Source }
  | { readonly kind: 'command'; readonly command: string; readonly via: Source }
  | { readonly kind: 'unknown-user'; readonly name: string }
  | { readonly kind: 'error'; readonly dsn: string; readonly text: string }
);

export type Source = 'alias' | 'forward' | 'include';

/** As many aliases in a row are no accident (local(8)). */
const deepest = 100;

/** All destinations of the local name. */
export async function expandLocal(config: PostfixConfig, deps: MtaDeps, localPart: string): Promise<Destination[]> {
  const found = await new Expansion(config, deps).name(localPart, []);
  return [...new Map(found.map((each) => [keyOf(each), each])).values()];
}

/** Two destinations with the same key are one delivery. */
function keyOf(destination: Destination): string {
  switch (destination.kind) {
    case 'user':
      return `user ${destination.name} ${destination.as}`;
    case 'address':
      return `address ${destination.address.toLowerCase()}`;
    default:
      return JSON.stringify(destination);
  }
}

class Expansion {
  readonly #config: PostfixConfig;
  readonly #deps: MtaDeps;

  constructor(config: PostfixConfig, deps: MtaDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async name(localPart: string, above: readonly string[]): Promise<Destination[]> {
    const name = localPart.toLowerCase();
    if (above.length > deepest)
      return [{ kind: 'error', as: name, dsn: '5.4.6', text: `alias database loop for ${name}` }];
    const bare = splitExtension(name, this.#config.text('recipient_delimiter'))?.user;
    // What an alias gives for itself is the account of that name.
    if (above.at(-1) !== name)
      for (const key of bare === undefined ? [name] : [name, bare]) {
        const found = await this.#lookUp(key);
        if (found.kind === 'error')
          return [{ kind: 'error', as: name, dsn: '4.3.0', text: `alias database unavailable: ${found.reason}` }];
        if (found.kind === 'found') return this.#alias(key, found.value, [...above, name]);
      }
    return this.user(bare ?? name, name, [...above, name]);
  }

  async #lookUp(key: string): Promise<LookupResult> {
    for (const table of await this.#config.maps('alias_maps')) {
      const found = await table.lookup(key);
      if (found.kind !== 'absent') return found;
    }
    return { kind: 'absent' };
  }

  /** The members; of a list with an owner they are mailed anew, in the owner's name (postconf: owner_request_special). */
  async #alias(key: string, value: string, above: readonly string[]): Promise<Destination[]> {
    const owner = `owner-${key}`;
    const hasOwner = !key.startsWith('owner-') && (await this.#lookUp(owner)).kind === 'found';
    if (!hasOwner) return this.list(value, above, 'alias', key);
    const members = splitDestinations(value);
    const addresses = members.filter((member) => !/^[|/:\\]/.test(member));
    return [
      ...addresses.map((member): Destination => ({ kind: 'address', as: key, address: this.#complete(member), owner })),
      ...(await this.list(members.filter((member) => !addresses.includes(member)).join(', '), above, 'alias', key)),
    ];
  }

  #complete(member: string): string {
    return splitAddress(member).domain === undefined ? `${member}@${this.#config.text('myorigin')}` : member;
  }

  /** An account, or its .forward file. */
  async user(name: string, as: string, above: readonly string[]): Promise<Destination[]> {
    const account = await this.#deps.account(name);
    if (!account) return [{ kind: 'unknown-user', name, as }];
    const text = await this.#readForward(account, as);
    return text === '' ? [{ kind: 'user', name, as }] : this.list(text, above, 'forward', as, name);
  }

  /** The first file of forward_path that is there; '' without one. */
  async #readForward(account: { name: string; home: string }, as: string): Promise<string> {
    const delimiter = this.#config.text('recipient_delimiter');
    const extension = splitExtension(as, delimiter)?.extension;
    const values = new Map([
      ['home', account.home],
      ['user', account.name],
      ['extension', extension ?? ''],
      ['recipient_delimiter', extension === undefined ? '' : delimiter.charAt(0)],
    ]);
    for (const written of splitTemplates(this.#config.entries.get('forward_path') ?? defaultForwardPath)) {
      const file = this.#config.expand(written, values);
      const text = await readHostText(this.#deps.root, file).catch(() => undefined);
      if (text !== undefined) return joinLines(text);
    }
    return '';
  }

  /** The right-hand side of an alias, or a .forward of `owner`. */
  async list(text: string, above: readonly string[], via: Source, as: string, owner?: string): Promise<Destination[]> {
    const destinations: Destination[] = [];
    for (const element of splitDestinations(text))
      destinations.push(...(await this.#one(element, above, via, as, owner)));
    return destinations;
  }

  async #one(
    element: string,
    above: readonly string[],
    via: Source,
    as: string,
    owner: string | undefined,
  ): Promise<Destination[]> {
    if (element.startsWith('|')) return [{ kind: 'command', as, command: element.slice(1), via }];
    if (element.startsWith('/')) return [{ kind: 'file', as, path: element, via }];
    const included = /^:include:(\/.+)$/i.exec(element)?.[1];
    if (included !== undefined) return this.#include(included, above, as);
    if (element.startsWith('\\')) {
      const name = element.slice(1).toLowerCase();
      return [
        { kind: 'user', name: splitExtension(name, this.#config.text('recipient_delimiter'))?.user ?? name, as: name },
      ];
    }
    const { localPart, domain } = splitAddress(element);
    if (domain !== undefined) return [{ kind: 'address', as, address: element }];
    const name = localPart.toLowerCase();
    const bare = splitExtension(name, this.#config.text('recipient_delimiter'))?.user ?? name;
    // A user who forwards to himself gets the mail (local(8)).
    return owner !== undefined && bare === owner
      ? [{ kind: 'user', name: owner, as: name }]
      : this.name(localPart, above);
  }

  /** Members of an included list are mailed anew: the file is read with nobody's rights, not root's (postconf: default_privs). */
  async #include(file: string, above: readonly string[], as: string): Promise<Destination[]> {
    const text = await readHostText(this.#deps.root, file).catch(() => undefined);
    if (text === undefined)
      return [
        { kind: 'error', as, dsn: '5.3.5', text: `mail system configuration error: cannot open include file ${file}` },
      ];
    if (above.length > deepest) return [{ kind: 'error', as, dsn: '5.4.6', text: `alias database loop for ${as}` }];
    const members = splitDestinations(joinLines(text));
    const found = await Promise.all(
      members.map((member) =>
        /^[|/:\\]/.test(member)
          ? this.#one(member, [...above, as], 'include', as, undefined)
          : [{ kind: 'address', as, address: this.#complete(member) } as const],
      ),
    );
    return found.flat();
  }
}

/** postconf: forward_path; its default is written with parameters that only this program knows. */
const defaultForwardPath = '$home/.forward${recipient_delimiter}${extension}, $home/.forward';

function splitTemplates(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Lines of a .forward or an included file, without comments. */
function joinLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join(', ');
}

/** Elements between commas; quotes keep blanks and commas, and around a whole command or path they go. */
function splitDestinations(text: string): string[] {
  const elements = text.match(/"(?:\\.|[^"\\])*"(?:@[^,\s"]+)?|[^,\s"]+(?:"(?:\\.|[^"\\])*"[^,\s"]*)?/g) ?? [];
  return elements
    .map((element) => element.replace(/^"(.*)"$/s, (_whole, inside: string) => inside.replace(/\\(["\\])/g, '$1')))
    .filter(Boolean);
}

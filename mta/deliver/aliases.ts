/**
 * aliases - a local name to its destinations: alias_maps, then .forward, expanded to the end (aliases(5), local(8)).
 *
 * Looked up as user+extension, then user. `\name` stops expansion; `:include:/file` brings more; a loop, or a name nested too deeply, ends in an error.
 */
import { readFile } from 'node:fs/promises';
import { splitAddress } from '#mail/address.ts';
import { realResolve } from '#util/host-root.ts';
import type { PostfixConfig } from '../config/config.ts';
import { splitExtension } from '../config/lookup-address.ts';
import type { MtaDeps } from '../mta-deps.ts';

/** Where a piece of mail ends up. */
export type Destination =
  /** An account's mailbox. */
  | { readonly kind: 'user'; readonly name: string }
  /** Another address, to be mailed anew. */
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'error'; readonly dsn: string; readonly text: string };

const deepest = 50;

/** All destinations of the local name. */
export async function expandLocal(config: PostfixConfig, deps: MtaDeps, localPart: string): Promise<Destination[]> {
  return new Expansion(config, deps).name(localPart, []);
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
    if (above.includes(name) || above.length > deepest)
      return [{ kind: 'error', dsn: '5.4.6', text: `alias database loop for ${above[0] ?? name}` }];
    const bare = splitExtension(name, this.#config.text('recipient_delimiter'))?.user;
    for (const key of bare === undefined ? [name] : [name, bare]) {
      for (const table of await this.#config.maps('alias_maps')) {
        const found = await table.lookup(key);
        if (found.kind === 'error')
          return [{ kind: 'error', dsn: '4.3.0', text: `alias database unavailable: ${found.reason}` }];
        if (found.kind === 'found') return this.list(found.value, [...above, name]);
      }
    }
    return this.user(bare ?? name, [...above, name]);
  }

  /** An account, or its .forward file. */
  async user(name: string, above: readonly string[]): Promise<Destination[]> {
    const account = await this.#deps.account(name);
    if (!account) return [{ kind: 'unknown-user' }];
    const forward = await realResolve(this.#deps.root, `${account.home}/.forward`)
      .then((file) => readFile(file, 'utf8'))
      .catch(() => '');
    const text = forward
      .split('\n')
      .filter((line) => !/^\s*(#|$)/.test(line))
      .join(', ');
    return text === '' ? [{ kind: 'user', name }] : this.list(text, above, name);
  }

  /** The right-hand side of an alias or a .forward of `owner`. */
  async list(text: string, above: readonly string[], owner?: string): Promise<Destination[]> {
    const destinations: Destination[] = [];
    for (const element of splitDestinations(text)) destinations.push(...(await this.#one(element, above, owner)));
    return destinations;
  }

  async #one(element: string, above: readonly string[], owner: string | undefined): Promise<Destination[]> {
    if (element.startsWith('|')) return [{ kind: 'command', command: element.slice(1) }];
    if (element.startsWith('/')) return [{ kind: 'file', path: element }];
    const included = /^:include:(\/.+)$/i.exec(element)?.[1];
    if (included !== undefined) return this.#include(included, above);
    if (element.startsWith('\\')) return [{ kind: 'user', name: element.slice(1).toLowerCase() }];
    const { localPart, domain } = splitAddress(element);
    if (domain !== undefined) return [{ kind: 'address', address: element }];
    // A user who forwards to himself gets the mail (local(8)).
    return owner !== undefined && localPart.toLowerCase() === owner
      ? [{ kind: 'user', name: owner }]
      : this.name(localPart, above);
  }

  async #include(file: string, above: readonly string[]): Promise<Destination[]> {
    if (above.length > deepest) return [{ kind: 'error', dsn: '5.4.6', text: `include file loop for ${file}` }];
    const text = await realResolve(this.#deps.root, file)
      .then((real) => readFile(real, 'utf8'))
      .catch(() => undefined);
    if (text === undefined) return [{ kind: 'error', dsn: '4.3.0', text: `cannot open include file ${file}` }];
    return this.list(
      text
        .split('\n')
        .filter((line) => !/^\s*(#|$)/.test(line))
        .join(', '),
      [...above, `:include:${file}`],
    );
  }
}

/** Elements between commas; quotes keep blanks and commas. */
function splitDestinations(text: string): string[] {
  const elements = text.match(/"(?:\\.|[^"\\])*"|[^,\s"]+(?:"(?:\\.|[^"\\])*"[^,\s"]*)?/g) ?? [];
  return elements.map((element) => element.replace(/^"(.*)"$/s, '$1').replace(/\\(["\\])/g, '$1')).filter(Boolean);
}

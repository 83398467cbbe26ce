/**
 * choose-scanners - who looks at mail: the built-in engines, or genuine ones that the settings name.
 *
 * `Clamd Socket` in MailScanner.conf (an address with `Clamd Port`, or the path of a socket) means a genuine clamd; spamc.conf beside SpamAssassin's local.cf a genuine spamd.
 */
import net from 'node:net';
import path from 'node:path';
import type { HostDeps } from '#util/host.ts';
import { readHostText } from '#util/host-text.ts';
import { createBuiltInSpamEngine } from '../spam/built-in.ts';
import type { SpamRules } from '../spam/rules-file.ts';
import { createSpamdEngine, readSpamcConf } from '../spam/spamd.ts';
import { createClamdEngine } from '../virus/clamd.ts';
import type { SpamEngine, VirusEngine } from './engines.ts';
import type { Settings } from './settings.ts';

type Surroundings = Pick<HostDeps, 'root' | 'wire' | 'clock' | 'resolver'>;

/** Seconds on one message's spam rules; the genuine 75 would stop every host that runs in this process. */
const longestBuiltInSeconds = 2;

/** The virus engine: `builtIn` unless the settings name a clamd. */
export function chooseVirusEngine(
  { root, wire, clock }: Pick<Surroundings, 'root' | 'wire' | 'clock'>,
  settings: Settings,
  builtIn: VirusEngine,
): VirusEngine {
  // A name in Virus Scanners that is not to be had fails by itself.
  if (settings.place('Clamd Socket') === undefined || builtIn.name !== 'Clamd') return builtIn;
  const named = settings.text('Clamd Socket');
  const port = settings.number('Clamd Port');
  const isAddress = net.isIPv4(named);
  return createClamdEngine(
    {
      to: isAddress ? wire.toSocket(named, port) : { path: root.resolve(named) },
      shown: isAddress ? `${named}:${port}` : named,
      timeoutMs: settings.number('Virus Scanner Timeout') * 1000,
    },
    clock,
  );
}

/** The spam engine: spamd where spamc.conf names one. */
export async function chooseSpamEngine(
  { root, wire, clock, resolver }: Surroundings,
  settings: Settings,
  rules: SpamRules,
): Promise<SpamEngine> {
  const seconds = settings.number('SpamAssassin Timeout');
  const file = path.posix.join('/', settings.text('SpamAssassin Site Rules Dir'), 'spamc.conf');
  const text = await readHostText(root, file).catch(() => '');
  const named = readSpamcConf(text);
  if (named === undefined)
    return createBuiltInSpamEngine(rules, Math.min(seconds || longestBuiltInSeconds, longestBuiltInSeconds) * 1000);
  const { host, port } = named;
  return createSpamdEngine(
    {
      async to() {
        if (net.isIPv4(host)) return wire.toSocket(host, port);
        const found = await resolver.a(host);
        if (found.kind !== 'found')
          throw Object.assign(new Error(`no address for ${host}`), { code: found.kind.toUpperCase() });
        return wire.toSocket(found.records[0] ?? '', port);
      },
      shown: `${host}:${port}`,
      timeoutMs: seconds * 1000,
    },
    clock,
  );
}

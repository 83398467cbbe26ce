/**
 * mta-service - the mail system as a service of a host: builds what an MTA needs from what a host has.
 */
import { realResolve } from '#util/host-root.ts';
import type { HostDeps } from '#util/host.ts';
import { createAccounts } from './accounts.ts';
import { compileTable } from './config/tables/hash.ts';
import type { Service } from './host-init.ts';
import type { MailLog } from './log/mail-log.ts';
import type { MtaDeps, SpawnProgram } from './mta-deps.ts';
import { startMta, type StartedMta } from './mta.ts';

/** `onStart` gets the running MTA each time (the scanner needs its queue). */
export function createMtaService(
  deps: HostDeps,
  log: MailLog,
  programs: ReadonlyMap<string, SpawnProgram> = new Map(),
  onStart: (mta: StartedMta | undefined) => void = () => undefined,
): Service {
  return {
    name: 'postfix',
    async start() {
      await compileShippedAliases(deps);
      const mta = await startMta('/etc/postfix', createMtaDeps(deps, log, programs));
      onStart(mta);
      return {
        addresses: () => mta.addresses(),
        reload: () => mta.reload(),
        stop: async () => {
          onStart(undefined);
          await mta.stop();
        },
      };
    },
  };
}

/** An MTA's dependencies on that host. */
export function createMtaDeps(deps: HostDeps, log: MailLog, programs: ReadonlyMap<string, SpawnProgram>): MtaDeps {
  return {
    root: deps.root,
    clock: deps.clock,
    wire: deps.wire,
    resolver: deps.resolver,
    log,
    hostname: deps.hostname,
    interfaces: [
      { address: '127.0.0.1', prefixLength: 8 },
      { address: deps.address, prefixLength: deps.prefixLength },
    ],
    programs,
    ...(deps.giveFile === undefined ? {} : { giveFile: deps.giveFile }),
    ...createAccounts(deps.root),
  };
}

/** As Debian's installation does: /etc/aliases.db is made once, when there is none yet. */
async function compileShippedAliases(deps: HostDeps): Promise<void> {
  const exists = await realResolve(deps.root, '/etc/aliases.db').catch(() => undefined);
  if (exists === undefined) await compileTable(deps.root, '/etc/aliases', 'aliases').catch(() => undefined);
}

/**
 * gateway - the face of the gateway host: the mail system, and the scanner that works on its `hold` queue.
 *
 * A filtering relay at the border, called "gateway" by trade custom (RFC 5321 section 2.3.10 would say relay: it changes nothing but trace data, unless the scanner must).
 */
import { createMailLogFile } from '#mta/log/mail-log-file.ts';
import { startHostInit } from '#mta/host-init.ts';
import { createMtaService } from '#mta/mta-service.ts';
import type { StartedMta } from '#mta/mta.ts';
import type { Host, HostDeps } from '#util/host.ts';
import { createMailScanner } from './scan/mailscanner.ts';
import { createPolicydSpf } from './spf/policyd-spf.ts';

export function createGateway(deps: HostDeps): Host {
  return {
    start() {
      const log = createMailLogFile(deps.root.resolve('/var/log/mail.log'), deps.hostname, deps.clock);
      let running: StartedMta | undefined;
      const programs = new Map([['policyd-spf', createPolicydSpf(deps.root, deps.resolver, deps.hostname, log)]]);
      const postfix = createMtaService(deps, log, programs, (mta) => (running = mta));
      return startHostInit(deps.root, [postfix, createMailScanner(deps, log, () => running)]);
    },
  };
}

/**
 * sendmail-smtp - `sendmail -bs`: an SMTP session on standard input and output whose mail goes into `maildrop` (sendmail(1), smtpd(8) in stand-alone mode).
 *
 * The user sends as himself: no restrictions apply, no TLS and no login are offered, and the mail is like any other that he submits.
 */
import { Duplex } from 'node:stream';
import os from 'node:os';
import { SessionState } from '../accept/session-state.ts';
import { runSession } from '../accept/session.ts';
import type { MasterService, PostfixConfig } from '../config/config.ts';
import { createStandaloneDeps } from './standalone.ts';
import type { Cleanup, Queue } from '../queue/queue.ts';
import { callMaster, findSurroundings, loadConfig, openToolQueue, runTool } from './tool.ts';

const service: MasterService = {
  name: 'smtp',
  type: 'unix',
  private: '-',
  unprivileged: '-',
  chroot: 'n',
  wakeup: '-',
  processLimit: '-',
  command: 'smtpd',
  commandLine: '',
  arguments: [],
  overrides: new Map(),
  line: 0,
};

await runTool(
  'sendmail',
  async () => {
    const surroundings = findSurroundings(undefined);
    const config = standAlone(await loadConfig(surroundings));
    const deps = await createStandaloneDeps(surroundings);
    const queue = await openToolQueue(surroundings, config);
    const client = {
      name: 'localhost',
      address: '127.0.0.1',
      port: 0,
      reverseName: 'localhost',
      nameStatus: 'ok',
    } as const;
    const state = new SessionState(
      {
        config,
        service,
        services: [],
        deps,
        cleanup: intoMaildrop(queue),
        started: () => Promise.resolve(),
        ready: () => Promise.resolve(),
        notices: () => undefined,
      },
      terminalStream(),
      client,
      deps.log.process(`${config.text('syslog_name')}/smtpd`),
      { address: '127.0.0.1', port: 0 },
    );
    await runSession(state);
    await callMaster(surroundings, config, 'kick');
    return 0;
  },
  75,
);

/** What smtpd leaves out when it stands alone. */
function standAlone(config: PostfixConfig): PostfixConfig {
  const stages = ['client', 'helo', 'sender', 'recipient', 'data', 'end_of_data', 'etrn'];
  return config.with(
    new Map([
      ...stages.map((stage): [string, string] => [`smtpd_${stage}_restrictions`, '']),
      ['smtpd_relay_restrictions', 'permit'],
      ['smtpd_reject_unlisted_recipient', 'no'],
      ['smtpd_reject_unlisted_sender', 'no'],
      ['smtpd_sasl_auth_enable', 'no'],
      ['smtpd_tls_security_level', 'none'],
    ]),
  );
}

/** Messages are left as they are: pickup(8) and cleanup(8) see them later. */
function intoMaildrop(queue: Queue): Cleanup {
  return {
    async begin() {
      const open = await queue.open();
      return {
        queueId: open.queueId,
        async finish({ envelope, content }) {
          const origin = { kind: 'pickup', uid: os.userInfo().uid, rewriteContext: 'local' } as const;
          await open.commit({ envelope, origin, content }, 'maildrop');
          return { kind: 'queued', queueId: open.queueId, sizeBytes: content.length };
        },
        abort: () => open.abort(),
      };
    },
  };
}

/** Standard input and output as one stream; its end does not close them, so that the last reply gets out. */
function terminalStream(): Duplex {
  const stream = new Duplex({
    read: () => void process.stdin.resume(),
    // Handed over at once: what the session said is never lost when it ends.
    write(chunk: Buffer, _encoding, done) {
      process.stdout.write(chunk);
      done();
    },
    destroy(_error, done) {
      process.stdin.pause();
      done(null);
    },
  });
  process.stdin.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) process.stdin.pause();
  });
  process.stdin.on('end', () => stream.push(null));
  return stream;
}

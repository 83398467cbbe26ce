/**
 * The workshop on Docker: the same reports as the embedded engine's, and seats that cannot get out of their containers.
 *
 * Runs where a Docker engine has the images (gatehouse images build); in CI always.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#util/clock.ts';
import { waitFor } from '#util/deadline.ts';
import { openJudge } from '../../cli/open-judge.ts';
import { loadCase } from '../../grader/exam/case-folder.ts';
import { solveNeighbours, tryCase } from '../../grader/exam/lab-test.ts';
import { solveLab } from '../../grader/exam/solve.ts';
import { loadGraderText } from '../../grader/grader-text.ts';
import type { Judge } from '../../grader/judge.ts';
import { findLab, loadLabs } from '../../grader/load-labs.ts';
import { makeReport, type LabReport } from '../../grader/report/report.ts';
import { connectDocker } from '../../range/docker/connect.ts';
import { roleLabel, workshopLabel } from '../../range/docker/container-plan.ts';
import { waitUntilReady } from '../../range/docker/ready.ts';
import { openSpeaker } from '../../range/docker/speaker.ts';
import { startTemporaryRange, type TemporaryRange } from '../../range/temporary-range.ts';
import type { Range } from '#range';
import { hasEngine, startDockerRange, turnMs } from './engine.ts';

const labs = await loadLabs();
const last = labs.at(-1)?.lab.id ?? '';

describe.runIf(await hasEngine())('on Docker', { timeout: 600_000 }, () => {
  let docker: TemporaryRange;
  let judge: Judge;

  beforeAll(async () => {
    docker = await startDockerRange(2);
    judge = await openJudge(docker.range, labs);
  }, turnMs);
  afterAll(async () => {
    judge?.close();
    await docker?.[Symbol.asyncDispose]();
  }, 120_000);

  test('a fresh seat and a solved one get the reports that the embedded engine gives', async () => {
    await using embedded = await startTemporaryRange({ seats: 2, clock: systemClock });
    const here = await openJudge(embedded.range, labs);
    for (const isSolved of [false, true]) {
      if (isSolved)
        for (const range of [embedded.range, docker.range])
          for (const { id } of range.world.seats) await solveLab(range, labs, last, id);
      for (const { lab } of labs) {
        const [one, other] = [await reportOf(here, lab.id), await reportOf(judge, lab.id)];
        expect(other, `${lab.id}, ${isSolved ? 'solved' : 'fresh'}`).toEqual(one);
        if (isSolved) expect(one.score.points).toBe(one.score.of);
      }
    }
  });

  test.each([
    ['01-first-mail', 'mistakes/loopback-only'],
    ['02-who-may-relay', 'mistakes/everybody-trusted'],
    ['05-filter-for-your-neighbour', 'mistakes/side-door-open'],
    ['06-spam-and-viruses-stop-here', 'mistakes/hold-forgotten'],
    ['06-spam-and-viruses-stop-here', 'near-misses/pcre-hold'],
  ])('%s: %s has the verdicts that are expected', async (id, folder) => {
    const lab = findLab(labs, id);
    const options = { range: docker.range, labs, lab, seat: 'pc1', judge };
    await solveNeighbours(options);
    await loadCase(lab.lab, `${lab.folder}/${folder}`);
    expect(await tryCase(options, `${lab.folder}/${folder}`)).toEqual([]);
  });

  test('a first start that was broken off is made good by the next one, and files that are there stay', async () => {
    const inside = (script: string) => docker.range.exec('pc1', 'gateway', ['sh', '-c', script], { timeoutMs: 30_000 });
    // The last file that is laid is missing, and others.
    await inside('rm /etc/debian_version /etc/inputrc; echo mine > /etc/motd; chmod 755 /etc/ssl/private');
    const engine = await connectDocker();
    await engine.getContainer('gatehouse-pc1-gateway').restart({ t: 5 });
    await waitUntilReady(engine, systemClock, 'gatehouse-pc1-gateway');
    const { stdout } = await inside('cat /etc/motd; ls /etc/debian_version /etc/inputrc; stat -c %a /etc/ssl/private');
    expect(stdout).toBe('mine\n/etc/debian_version\n/etc/inputrc\n700\n');
  });

  describe('from a student’s root shell', () => {
    const inside = (script: string, host: 'gateway' | 'mailbox' = 'gateway') =>
      docker.range.exec('pc1', host, ['sh', '-c', script], { timeoutMs: 30_000 });

    test('no way leads out of the lab', async () => {
      const { stdout } = await inside('ip -4 route; cat /etc/resolv.conf');
      expect(stdout).toMatch(/^198\.18\.0\.0\/15 dev eth0/m);
      // Older engines set a default route on an internal network too: it leads to an address that nobody has.
      const gateways = [...stdout.matchAll(/^default via (\S+)/gm)].map((match) => match[1]);
      expect(gateways.filter((gateway) => gateway !== '198.18.255.254')).toEqual([]);
      expect(stdout).toContain('nameserver 198.18.0.53');
      // The engine's own resolver asks the lab's name server as well.
      const asked = await inside('dig +short +tries=1 @127.0.0.11 soa pc2.sse.ws.test');
      expect(asked.stdout).toContain('hostmaster.pc2.sse.ws.test');
      // TEST-NET-1 (RFC 5737) is nobody's address.
      const out = await inside(
        `timeout 20 node -e 'require("net").connect(80, "192.0.2.1").on("error", (e) => { console.log(e.code); process.exitCode = 1; })'`,
      );
      expect(out.exitCode).not.toBe(0);
      expect(out.stdout).toMatch(/EHOSTUNREACH|ENETUNREACH/);
    });

    test('the engine is not there, and neither are other seats', async () => {
      const { stdout } = await inside(
        'ls /var/run/docker.sock /run/docker.sock /run/containerd 2>&1; mount | grep -o "seats/pc[0-9]*" | sort -u; ls /srv',
      );
      expect(stdout).not.toMatch(/docker\.sock$|seats\/pc2/m);
      expect(stdout).toMatch(/^dns$/m);
    });

    test('root has few powers and cannot change the programs', async () => {
      const { stdout } = await inside(
        'grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/1/status; touch /usr/bin/x /opt/gatehouse/x 2>&1; mount -t tmpfs none /mnt 2>&1; touch /etc/x /var/x /home/x /tmp/x && echo mine',
      );
      expect(stdout).toMatch(/NoNewPrivs:\s+1/);
      expect(stdout).toMatch(/Seccomp:\s+2/);
      // CAP_SYS_ADMIN (21), CAP_NET_ADMIN (12), CAP_NET_RAW (13), CAP_SYS_PTRACE (19) and CAP_MKNOD (27) are not among them (capabilities(7)).
      const powers = BigInt(`0x${/CapEff:\s+([0-9a-f]+)/.exec(stdout)?.[1] ?? 'ff'}`);
      for (const power of [12n, 13n, 19n, 21n, 27n]) expect(powers & (1n << power)).toBe(0n);
      expect(stdout.match(/Read-only file system/g)).toHaveLength(2);
      expect(stdout).toMatch(/mine\n$/);
    });

    test('whatever answers in the place of the init, or does not, status is told of the others', async () => {
      const running = async (): Promise<string[]> =>
        (await docker.range.status())
          .filter(({ host, services }) => host !== 'dns' && services.some(({ state }) => state === 'running'))
          .map(({ seat, host }) => `${seat} ${host}`);
      const others = ['pc1 mailbox', 'pc2 gateway', 'pc2 mailbox'];
      // perl(1) looks for its modules in /etc/perl first.
      const inPlace = async (program: string): Promise<void> => {
        await inside(`mkdir -p /etc/perl/IO/Socket; cat > /etc/perl/IO/Socket/UNIX.pm <<'END'\n${program}\nEND`);
      };
      for (const answer of ['nonsense', 'null', '{"output":"{}"}', '{"output":"{\\"services\\":1}"}']) {
        await inPlace(`print '${answer}'; exit 0; 1;`);
        expect(await running()).toEqual(others);
      }
      await inPlace('if (!fork) { setpgrp; sleep 60 } exit 0; 1;'); // the output stays open
      expect(await running()).toEqual(others);
      await inside('rm -r /etc/perl/IO');
      expect(await running()).toEqual(['pc1 gateway', ...others]);
    });

    test('a zone file or its log that is a link, a FIFO or a device touches no other seat', async () => {
      const bind = '/srv/dns/etc/bind/db.pc1.sse.ws.test';
      const log = '/srv/dns/var/log/named.log';
      const other = '/srv/seats/pc2/etc/bind/db.pc2.sse.ws.test';
      const otherZone = () => docker.range.readFile('pc2', 'dns', '/etc/bind/db.pc2.sse.ws.test');
      const before = await otherZone();
      await inside(`cp -a ${bind} /home/zone; rm -f ${log}; ln -s ${other} ${log}; touch ${bind}`);
      expect((await docker.range.resolver.soa('pc1.sse.ws.test')).kind).toBe('found');
      for (const make of [
        `ln -s /dev/zero ${bind}`,
        `ln -s ${other} ${bind}`,
        `mkfifo ${bind}`,
        `truncate -s 2G ${bind}`,
      ]) {
        await inside(`rm -f ${bind}; ${make}`);
        // The last good zone stays in service, after the server has looked.
        for (const seat of ['pc1', 'pc2'])
          expect((await docker.range.resolver.soa(`${seat}.sse.ws.test`)).kind).toBe('found');
      }
      await inside(`rm -f ${log}; mkfifo ${log}; rm ${bind}; cp -a /home/zone ${bind}`);
      expect((await docker.range.resolver.soa('pc2.sse.ws.test')).kind).toBe('found');
      await inside(`rm -f ${log}`);
      expect(await otherZone()).toEqual(before);
    });

    test('children that nobody waits for leave no zombies behind', async () => {
      await docker.range.exec('pc2', 'gateway', ['sh', '-c', 'for each in 1 2 3; do (sleep 0.2 &) ; done']);
      await waitFor(
        'the end of three orphans',
        async () => {
          const { stdout } = await docker.range.exec('pc2', 'gateway', ['ps', '-e', '-o', 'comm=,stat=']);
          const left = stdout.split('\n').filter((line) => /^sleep|Z/.test(line));
          return left.length === 0 ? { kind: 'there', value: undefined } : { kind: 'not-yet', seen: left.join(', ') };
        },
        { clock: systemClock, timeoutMs: 20_000, everyMs: 200 },
      );
    });

    test('a fork bomb, a memory hog and a full disk stay in their seat', async () => {
      await inside('for i in $(seq 400); do sleep 20 & done; wait', 'gateway');
      await inside(`node -e 'const a = []; for (;;) a.push(Buffer.alloc(8 << 20, 1))'`, 'mailbox');
      const { stderr } = await inside('cat /dev/zero > /var/tmp/hog', 'mailbox');
      expect(stderr).toContain('No space left on device');
      await waitForHost(docker.range, 'pc1', 'mailbox');
      const neighbour = await docker.range.exec('pc2', 'gateway', ['postfix', 'status']);
      expect(neighbour.exitCode).toBe(0);
      expect(
        (await judge.run(findLab(labs, '01').lab, 'pc2')).results.map(({ verdict }) => verdict.kind),
      ).not.toContain('error');
    });
  });

  test('a connection in a host’s name ends with its caller, whatever the other side does', async () => {
    const engine = await connectDocker();
    const silent = `require("net").createServer(() => {}).listen(4000, "198.18.2.10", () => console.log("listening"))`;
    const { stdout } = await docker.range.exec('pc2', 'gateway', [
      'sh',
      '-c',
      `(node -e '${silent}' > /tmp/silent 2>&1 &) ; until grep -q listening /tmp/silent; do sleep 0.05; done; cat /tmp/silent`,
    ]);
    expect(stdout).toBe('listening\n');
    const { stream, connected } = await openSpeaker(engine, 'gatehouse-pc1-gateway', '198.18.2.10', 4000);
    await connected;
    stream.end();
    await waitFor(
      'the speaker’s end',
      async () => {
        const filters = { label: [`${workshopLabel}=${docker.range.workspace.folder}`] };
        const speakers = (await engine.listContainers({ filters })).filter(({ Labels }) => !(roleLabel in Labels));
        return speakers.length === 0
          ? { kind: 'there', value: undefined }
          : { kind: 'not-yet', seen: `${speakers.length} speak` };
      },
      { clock: systemClock, timeoutMs: 20_000, everyMs: 100 },
    );
  });

  test('what is not ours is left alone, and nothing of ours is left', async () => {
    const engine = await connectDocker();
    await engine.createNetwork({ Name: 'somebody-elses', Internal: true });
    try {
      judge.close();
      await docker[Symbol.asyncDispose]();
      const names = (await engine.listNetworks()).map(({ Name }) => Name);
      expect(names).toContain('somebody-elses');
      expect(names).not.toContain('gatehouse-lab');
      const filters = { label: ['org.gatehouse.workshop'] };
      expect(await engine.listContainers({ all: true, filters })).toEqual([]);
    } finally {
      await engine.getNetwork('somebody-elses').remove();
    }
  });
});

/** A report without what differs from run to run: times, and the recorded conversations with their tokens. */
async function reportOf(judge: Judge, id: string): Promise<LabReport> {
  const lab = findLab(labs, id);
  const report = makeReport(await judge.run(lab.lab, 'pc1'), { text: lab.text, words: await loadGraderText() });
  return {
    ...report,
    startedAt: '',
    finishedAt: '',
    checks: report.checks.map((check) => ({ ...check, evidence: [] })),
  };
}

async function waitForHost(range: Range, seat: string, host: 'gateway' | 'mailbox'): Promise<void> {
  await range.control(seat, host, 'start');
}

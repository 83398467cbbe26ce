/**
 * spamd - a genuine SpamAssassin as spam engine: spamd's score, rules and report (command REPORT of the protocol SPAMC/1.5).
 *
 * Where it is, is said in spamc.conf (spamc(1)): one option a line, `-d HOST` and `-p PORT`. Without such a file the built-in engine scores.
 *
 * When nobody is there, the answer is `away`: all mail waits. When spamd says something else than a score, or nothing in time, it throws: that message waits, and its attempts are counted. None is delivered
 * without a score.
 */
import type net from 'node:net';
import type { Clock } from '#util/clock.ts';
import { exchange } from '#util/tcp-exchange.ts';
import type { ScannedMessage, SpamAnswer, SpamEngine, SpamHit } from '../scan/engines.ts';

export interface SpamdPlace {
  /** @throws Error with a code when its name is not known */
  to(): Promise<net.NetConnectOpts>;
  readonly shown: string;
  readonly timeoutMs: number;
}

export function createSpamdEngine(place: SpamdPlace, clock: Clock): SpamEngine {
  return {
    check: async (message) => {
      try {
        return readAnswer(await ask(place, clock, message));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === undefined) throw error;
        return { kind: 'away', reason: `spamd ${place.shown} does not answer (${code})` };
      }
    },
  };
}

async function ask({ to, timeoutMs }: SpamdPlace, clock: Clock, { content }: ScannedMessage): Promise<string> {
  const body = Buffer.from(content.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  const head = `REPORT SPAMC/1.5\r\nContent-length: ${body.length}\r\n\r\n`;
  const parts = [Buffer.from(head, 'latin1'), body];
  return (await exchange({ to: await to(), parts, closes: true, clock, timeoutMs })).toString('latin1');
}

/** @throws Error in spamd's words when it is no score */
export function readAnswer(answer: string): SpamAnswer {
  const [, status, words] = /^SPAMD\/[\d.]+ (\d+) ([^\r\n]*)/.exec(answer) ?? [];
  const score = /^Spam: \w+ ; (-?[\d.]+) \/ /m.exec(answer)?.[1];
  if (status !== '0' || score === undefined) throw new Error(`spamd: ${words || 'no answer'}`);
  const report = answer.slice(answer.indexOf('\r\n\r\n') + 4).replaceAll('\r\n', '\n');
  return { kind: 'scored', score: Number(score), hits: readHits(report), report };
}

/** Lines of the report's table: points, rule, what it means; a long sentence goes on in the next line. */
function readHits(report: string): SpamHit[] {
  const table = report.slice(Math.max(0, report.search(/^ *-{3,} -{5,}/m)));
  return [...table.matchAll(/^ *(-?\d+(?:\.\d+)?) ([A-Z0-9_]+) +(.*(?:\n {20,}\S.*)*)/gm)]
    .map(([, points, rule = '', description = '']) => ({
      rule,
      score: Number(points),
      description: description.replace(/\s+/g, ' ').trim(),
    }))
    .sort((first, second) => second.score - first.score);
}

/** `-d` and `-p` of spamc.conf; undefined when it names no host. */
export function readSpamcConf(text: string): { readonly host: string; readonly port: number } | undefined {
  const options = text
    .split('\n')
    .filter((line) => !line.trim().startsWith('#'))
    .join(' ');
  const host = /(?:^|\s)(?:-d|--dest[= ])\s*([\w.-]+)/.exec(options)?.[1];
  const port = /(?:^|\s)(?:-p|--port[= ])\s*(\d+)/.exec(options)?.[1];
  return host === undefined ? undefined : { host, port: Number(port ?? 783) };
}

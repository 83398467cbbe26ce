/**
 * spam-lists - DNS lists by the names of spam.lists.conf: `NAME zone.` lines (RFC 5782).
 *
 * Limits: IPv4 clients; every answer in 127.0.0.0/8 counts, whatever its last octets say.
 */
import { withDeadline } from '#util/deadline.ts';
import type { Clock } from '#util/clock.ts';
import type { Resolver } from '#util/resolver.ts';
import type { RulesFault, SpamLists } from '../scan/engines.ts';

export function parseSpamLists(
  text: string,
  file: string,
): { zones: ReadonlyMap<string, string>; faults: readonly RulesFault[] } {
  const zones = new Map<string, string>();
  const faults: RulesFault[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '') continue;
    const [, name, zone] = /^(\S+)\s+([\w.-]+)$/.exec(line) ?? [];
    if (name === undefined || zone === undefined)
      faults.push({
        file,
        line: index + 1,
        text: `Possible syntax error on line ${index + 1} of ${file}`,
        cure: 'write: NAME dns.zone.',
      });
    else zones.set(name.toLowerCase(), zone.replace(/\.$/, ''));
  }
  return { zones, faults };
}

export function createSpamLists(zones: ReadonlyMap<string, string>, resolver: Resolver, clock: Clock): SpamLists {
  const isListed = async (question: string, timeoutMs: number): Promise<boolean> => {
    const answer = await withDeadline(`answer for ${question}`, resolver.a(question), { clock, timeoutMs }).catch(
      () => undefined,
    );
    return answer?.kind === 'found' && answer.records.some((record) => record.startsWith('127.')); // RFC 5782 section 2.1
  };
  return {
    async find({ clientAddress, senderDomain, lists, domainLists, timeoutMs }) {
      const reversed = /^\d+\.\d+\.\d+\.\d+$/.test(clientAddress) ? clientAddress.split('.').reverse().join('.') : '';
      const ask = (names: readonly string[], subject: string): Promise<string[]> =>
        Promise.all(
          names.map(async (name) => {
            const zone = zones.get(name.toLowerCase());
            return subject !== '' && zone !== undefined && (await isListed(`${subject}.${zone}`, timeoutMs))
              ? name
              : '';
          }),
        );
      const found = await Promise.all([ask(lists, reversed), ask(domainLists, senderDomain)]);
      return found.flat().filter(Boolean);
    },
  };
}

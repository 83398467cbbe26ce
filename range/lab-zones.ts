/**
 * lab-zones - the zones that the lab itself serves, as master-file text: root, `test.`, the workshop, the actors, the block list, reverse zones (RFC 1035).
 *
 * Pure. Seats' own zones are files that students edit; here they are only delegated.
 */
import type { World } from './world.ts';

/** Origin (without final dot; '' is the root) -> text. */
export function labZones(world: World): Map<string, string> {
  const zones = new Map<string, string>();
  const head = `$TTL 300\n@ IN SOA ${world.dns.name}. hostmaster.${world.domain}. ( 2026112401 3600 900 1209600 60 )\n@ IN NS ${world.dns.name}.\n`;
  zones.set('', `${head}test. IN NS ${world.dns.name}.\nin-addr.arpa. IN NS ${world.dns.name}.\n`);
  zones.set(
    'test',
    `${head}${world.domain}. IN NS ${world.dns.name}.\n${world.actors.map((actor) => `${actor.domain}. IN NS ${world.dns.name}.\n`).join('')}`,
  );
  zones.set('in-addr.arpa', head);
  zones.set(world.domain, head + workshopRecords(world));
  zones.set(
    '0.18.198.in-addr.arpa',
    head +
      ownHosts(world)
        .map(({ name, address }) => `${address.split('.')[3]} IN PTR ${name}.\n`)
        .join(''),
  );
  zones.set(
    '19.198.in-addr.arpa',
    head +
      world.actors
        .filter((actor) => actor.hasPtr)
        .map((actor) => `${reverseLabels(actor.host.address).join('.')} IN PTR ${actor.host.name}.\n`)
        .join(''),
  );
  for (const actor of world.actors) zones.set(actor.domain, head + actorRecords(actor));
  zones.set(world.dnsbl, head + blockListRecords(world));
  return zones;
}

/** The workshop's hosts that are no seat's. */
function ownHosts({ dns, classroom, scanners }: World): World['dns'][] {
  return [dns, classroom, ...(scanners ? [scanners] : [])];
}

function workshopRecords(world: World): string {
  const label = (name: string): string => name.slice(0, name.length - world.domain.length - 1);
  const servers = ownHosts(world).map(({ name, address }) => `${label(name)} IN A ${address}`);
  const delegations = [
    ...world.seats.map((seat) => `${seat.id} IN NS ${world.dns.name}.`),
    `${label(world.dnsbl)} IN NS ${world.dns.name}.`,
  ];
  return `${[...servers, ...delegations].join('\n')}\n`;
}

function actorRecords(actor: World['actors'][number]): string {
  const mx = actor.id === 'mute' ? '@ IN MX 0 .' : `@ IN MX 10 ${actor.host.name}.`; // RFC 7505: mute takes no mail
  const spf = actor.spf === undefined ? '' : `@ IN TXT "${actor.spf}"\n`;
  return `${mx}\n${actor.host.name}. IN A ${actor.host.address}\n${spf}`;
}

/** RFC 5782 section 5: 127.0.0.2 is listed, 127.0.0.1 is not, so that a list can be tested. */
function blockListRecords(world: World): string {
  const entry = (labels: string, why: string): string => `${labels} IN A 127.0.0.2\n${labels} IN TXT "${why}"\n`;
  const listed = world.actors
    .filter((actor) => actor.listed)
    .map((actor) =>
      entry(actor.host.address.split('.').reverse().join('.'), `${actor.host.address} sent spam to the workshop`),
    );
  return entry('2.0.0.127', 'Test entry') + listed.join('');
}

/** `25.1` of 198.19.1.25. */
function reverseLabels(address: string): string[] {
  return address.split('.').slice(2).reverse();
}

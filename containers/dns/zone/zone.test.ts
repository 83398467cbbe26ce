/**
 * Zone files: what is read, what is refused, with file, line and cure.
 */
import { describe, expect, test } from 'vitest';
import { judgeZone } from './load-zone.ts';

const head = `$TTL 3600
@ IN SOA ns.pc1.test. host.pc1.test. ( 2026112401 3600 900 1209600 3600 )
@ IN NS ns.pc1.test.
ns IN A 198.18.0.53
`;

const judge = (text: string): string[] =>
  judgeZone('pc1.test', text, 'db').lines.filter((line) => !line.startsWith('cure: '));
const refused = (summary: string): string[] => [
  `zone pc1.test/IN: loading from master file db failed: ${summary}`,
  'zone pc1.test/IN: not loaded due to errors.',
];
const loaded = 'zone pc1.test/IN: loaded serial 2026112401';

// The expected lines are those of a genuine named-checkzone 9.18 given the same files.
describe('a zone file is judged as named-checkzone judges it', () => {
  test.each([
    ['a sound zone', head, [loaded]],
    [
      'a bad address',
      `${head}mail IN A 198.18.1.300`,
      ["dns_rdata_fromtext: db:5: near '198.18.1.300': bad dotted quad", ...refused('bad dotted quad')],
    ],
    [
      'an unknown type',
      `${head}mail IN AA 198.18.1.3`,
      ["db:5: unknown RR type 'AA'", ...refused('unknown class/type')],
    ],
    [
      'an MX without preference',
      `${head}@ IN MX mail`,
      ["dns_rdata_fromtext: db:5: near 'mail': not a valid number", ...refused('not a valid number')],
    ],
    [
      'an MX that is an address',
      `${head}@ IN MX 10 198.18.1.20`,
      [
        "db:5: warning: '198.18.1.20': MX is an address",
        "zone pc1.test/IN: pc1.test/MX '198.18.1.20.pc1.test' has no address records (A or AAAA)",
        loaded,
      ],
    ],
    [
      'an alias with other data',
      `${head}mail IN A 198.18.1.20\nmail IN CNAME ns`,
      ['dns_master_load: db:6: mail.pc1.test: CNAME and other data', ...refused('CNAME and other data')],
    ],
    [
      'an MX that is an alias',
      `${head}m IN CNAME ns\n@ IN MX 10 m`,
      ["zone pc1.test/IN: pc1.test/MX 'm.pc1.test' is a CNAME (illegal)", loaded],
    ],
    [
      'a forgotten final dot',
      `${head}@ IN MX 10 mail.pc1.test`,
      ["zone pc1.test/IN: pc1.test/MX 'mail.pc1.test.pc1.test' has no address records (A or AAAA)", loaded],
    ],
    [
      'no NS',
      head.replace(/@ IN NS.*\n/, ''),
      ['zone pc1.test/IN: has no NS records', 'zone pc1.test/IN: not loaded due to errors.'],
    ],
    [
      'an open quote',
      `${head}@ IN TXT "v=spf1 mx -all`,
      ['dns_rdata_fromtext: db:5: unbalanced quotes', ...refused('unbalanced quotes')],
    ],
    [
      'a foreign name',
      `${head}foo.other.test. IN A 1.2.3.4`,
      ['db:5: ignoring out-of-zone data (foo.other.test)', loaded],
    ],
    ['no TTL', head.replace('$TTL 3600\n', ''), ['db:1: no TTL specified; using SOA MINTTL instead', loaded]],
    ['unquoted text', `${head}@ IN TXT v=spf1 mx -all`, [loaded]],
    [
      'words too many',
      `${head}mail IN A 198.18.1.3 4`,
      ["dns_rdata_fromtext: db:5: near '4': extra input text", ...refused('extra input text')],
    ],
    [
      'a serial that is no number',
      head.replace('2026112401', 'abc'),
      ["dns_rdata_fromtext: db:2: near 'abc': not a valid number", ...refused('not a valid number')],
    ],
    ['an empty label', `${head}a..b IN A 1.2.3.4`, ['dns_master_load: db:5: empty label', ...refused('empty label')]],
    [
      'two SOAs',
      `${head}@ IN SOA ns.pc1.test. h.pc1.test. 1 2 3 4 5`,
      ['dns_master_load: db:5: pc1.test: multiple RRs of singleton type', ...refused('multiple RRs of singleton type')],
    ],
    [
      'data that end too early',
      `${head}@ IN CAA 0 issue`,
      ['dns_rdata_fromtext: db:5: near eol: unexpected end of input', ...refused('unexpected end of input')],
    ],
    [
      'a string that is too long',
      `${head}@ IN TXT "${'x'.repeat(300)}"`,
      ['dns_rdata_fromtext: db:5: syntax error', ...refused('syntax error')],
    ],
    ['another class', `${head}m CH A 1.2.3.4`, ["db:5: class 'CH' != zone class 'IN'", ...refused('bad class')]],
    ['the class twice', `${head}m IN IN A 1.2.3.4`, ["db:5: unknown RR type 'IN'", ...refused('unknown class/type')]],
    ['blanks in a name', `${head}a b IN A 1.2.3.4`, ["db:5: unknown RR type 'b'", ...refused('unknown class/type')]],
    ['TTLs that differ', `${head}m 300 A 1.2.3.4\nm 400 A 1.2.3.5`, ['db:6: TTL set to prior TTL (300)', loaded]],
    [
      'an underscore in a host name',
      `${head}@ MX 10 my_host\nmy_host A 1.2.3.4`,
      [
        'db:5: warning: my_host.pc1.test: bad name (check-names)',
        'db:6: my_host.pc1.test: bad owner name (check-names)',
        loaded,
      ],
    ],
    ['an underscore where it belongs', `${head}_dmarc TXT "v=DMARC1"\n_25._tcp.ns TLSA 3 1 1 00`, [loaded]],
    [
      'a service without address',
      `${head}_s._tcp SRV 1 2 25 mx`,
      ["zone pc1.test/IN: _s._tcp.pc1.test/SRV 'mx.pc1.test' has no address records (A or AAAA)", loaded],
    ],
    ['a service that is not offered', `${head}_s._tcp SRV 0 0 0 .`, [loaded]],
    [
      'a delegation without glue',
      `${head}sub NS ns.sub`,
      ["zone pc1.test/IN: sub.pc1.test/NS 'ns.sub.pc1.test' has no REQUIRED GLUE address records (A or AAAA)", loaded],
    ],
    [
      'a name server without address',
      `${head}@ NS other`,
      [
        "zone pc1.test/IN: NS 'other.pc1.test' has no address records (A or AAAA)",
        'zone pc1.test/IN: not loaded due to errors.',
      ],
    ],
    [
      'an address with a final dot',
      `${head}m A 1.2.3.4.`,
      ["dns_rdata_fromtext: db:5: near '1.2.3.4.': bad dotted quad", ...refused('bad dotted quad')],
    ],
    [
      'an empty file',
      '',
      [
        'zone pc1.test/IN: has 0 SOA records',
        'zone pc1.test/IN: has no NS records',
        'zone pc1.test/IN: not loaded due to errors.',
      ],
    ],
    ['a bad TTL', `${head}mail 1x IN A 198.18.1.3`, ["db:5: unknown RR type '1x'", ...refused('unknown class/type')]],
  ])('%s', (_name, text, lines) => expect(judge(text)).toEqual(lines));

  test('an open parenthesis is named with the line it was opened on', () => {
    expect(judgeZone('pc1.test', head.replace(' )', ''), 'db').lines.join('\n')).toMatch(/db:2: .*\ncure: .*\)/);
  });

  test('every fault comes with a cure', () => {
    const { lines } = judgeZone('pc1.test', `${head}@ IN MX 10 mail.pc1.test`, 'db');
    expect(lines).toContain('cure: db, line 5: end the name with a dot: mail.pc1.test.');
  });

  test('$ORIGIN, $TTL, relative and absolute names, blank owners, times in units, parentheses and escapes are read', () => {
    const text = `$ORIGIN test.
$TTL 1h
pc1 IN SOA ns.pc1 first\\.last.pc1 ( 1 ; serial
  1h 15m 2w 1h )
  NS ns.pc1
$ORIGIN pc1.test.
$TTL 300
ns 60 IN A 198.18.0.53
   IN 60 AAAA 2001:db8::53
@ TXT ( "a;b" "c\\"d" plain\\;text
   "\\065" )
a.b.c A 198.18.0.1
`;
    const judged = judgeZone('pc1.test', text, 'db');
    if (judged.kind !== 'loaded') throw new Error(judged.lines.join('\n'));
    const { names, emptyNonTerminals } = judged.zone;
    expect(names.get('pc1.test')?.get('SOA')?.[0]).toMatchObject({
      ttl: 3600,
      data: { mname: 'ns.pc1.test', rname: 'first\\.last.pc1.test', refresh: 3600, retry: 900, expire: 1209600 },
    });
    expect(names.get('ns.pc1.test')?.get('AAAA')?.[0]).toMatchObject({ ttl: 60, data: '2001:db8::53' });
    const strings = names.get('pc1.test')?.get('TXT')?.[0]?.data as Buffer[];
    expect(strings.map(String)).toEqual(['a;b', 'c"d', 'plain;text', 'A']);
    expect([...emptyNonTerminals].sort()).toEqual(['b.c.pc1.test', 'c.pc1.test']);
  });

  test('a TTL of more than 31 bits counts as none', () => {
    const judged = judgeZone('pc1.test', `${head}m 4294967295 IN A 1.2.3.4`, 'db');
    expect(judged.lines[0]).toContain('db:5: $TTL 4294967295 > MAXTTL, setting $TTL to 0');
    expect(judged.kind === 'loaded' && judged.zone.names.get('m.pc1.test')?.get('A')?.[0]?.ttl).toBe(0);
  });

  test('hostile text neither crashes nor hangs', () => {
    for (const text of [
      '(',
      '"',
      '\\',
      '@',
      '$',
      '$ORIGIN',
      `${head}${'('.repeat(5000)}`,
      `${head}x IN TXT ${'"a" '.repeat(20000)}`,
      '\u0000\u0001',
      `${head}${'a.'.repeat(200)} IN A 1.2.3.4`,
    ])
      expect(judgeZone('pc1.test', text, 'db').lines.length).toBeGreaterThan(0);
  });
});

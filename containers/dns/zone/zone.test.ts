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
    ['a bad TTL', `${head}mail 1x IN A 198.18.1.3`, ["db:5: unknown RR type '1x'", ...refused('unknown class/type')]],
  ])('%s', (_name, text, lines) => expect(judge(text)).toEqual(lines));

  test('an open parenthesis is named with the line it was opened on', () => {
    expect(judgeZone('pc1.test', head.replace(' )', ''), 'db').lines.join('\n')).toMatch(/db:2: .*\ncure: .*\)/);
  });

  test('every fault comes with a cure', () => {
    const { lines } = judgeZone('pc1.test', `${head}@ IN MX 10 mail.pc1.test`, 'db');
    expect(lines).toContain('cure: db, line 5: end the name with a dot: mail.pc1.test.');
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

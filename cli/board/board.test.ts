/**
 * The live board as text: what it shows of a seat, at every size of terminal, and how it is drawn in place.
 */
import { describe, expect, test } from 'vitest';
import { loadTexts } from '../texts.ts';
import { boardChanges } from './changes.ts';
import { drawing, rowsOf } from './live-board.ts';
import { addCounts, countLine, noMail } from './mail-counts.ts';
import { renderBoard, type BoardFacts, type BoardSeat } from './render-board.ts';
import { cutText, fitText, textWidth } from './text-width.ts';

const say = loadTexts();

function seat(number: number, more: Partial<BoardSeat> = {}): BoardSeat {
  return {
    id: `pc${number}`,
    person: '',
    isStandIn: false,
    hosts: [
      { host: 'gateway', isWell: true, state: 'running' },
      { host: 'mailbox', isWell: true, state: 'running' },
    ],
    counts: noMail,
    labs: [
      { number: '01', score: { points: 12, of: 12 } },
      { number: '02', score: undefined },
    ],
    last: '',
    ...more,
  };
}

function facts(...seats: BoardSeat[]): BoardFacts {
  return { time: '04:12:33', seats };
}

const texts = (board: BoardFacts, columns: number, rows: number): string[] =>
  renderBoard(board, { columns, rows }, say).map(({ text }) => text);

test('shows of each seat its person, hosts, labs, mail and the last thing that happened', () => {
  const counts = { ...noMail, accepted: 3, delivered: 2, stopped: 1 };
  const last = 'Nov 24 04:12:30 mail postfix/local[9]: 4A: to=<a@b>, status=sent (ok)';
  expect(texts(facts(seat(1, { person: 'Ada', counts, last }), seat(2, { isStandIn: true })), 100, 24)).toEqual([
    'Live board   04:12:33   2 seats',
    'pc1   Ada   gateway: running   mailbox: running',
    '  labs 01 12/12  02 -',
    '  mail accepted 3, delivered 2, stopped 1',
    `  ${last}`,
    'pc2   (stand-in)   gateway: running   mailbox: running',
    '  a known good configuration',
    '  mail -',
    '  no mail yet',
    'q or Ctrl-C ends the workshop; files, mail and grades stay',
  ]);
});

test('gives a seat one line where four do not fit, and says how many are left out', () => {
  const many = facts(...Array.from({ length: 40 }, (_, index) => seat(index + 1, { person: 'Zoé' })));
  const tall = texts(many, 100, 50);
  expect(tall).toHaveLength(43);
  expect(tall[2]).toMatch(/^pc1 +Zoé +1\/2 +0 +0 +0 +0 +0 {2}running$/);
  const short = texts(many, 100, 24);
  expect(short).toHaveLength(24);
  expect(short.at(-2)).toBe('... and 20 more seats; a taller window shows them, so does gatehouse status');
});

test('a host that does not run as it should stands out, with the reason', () => {
  const sick = seat(1, { hosts: [{ host: 'gateway', isWell: false, state: 'postfix failed (bad main.cf)' }] });
  const line = renderBoard(facts(sick), { columns: 100, rows: 24 }, say).find(({ tone }) => tone === 'bad');
  expect(line?.text).toContain('gateway: postfix failed (bad main.cf)');
});

test.each([
  [80, 24],
  [20, 10],
  [3, 2],
  [1, 1],
])('never exceeds a terminal of %i columns and %i rows', (columns, rows) => {
  const lines = texts(
    facts(seat(1, { person: '邮件管理员的名字很长'.repeat(5), last: 'x'.repeat(500) }), seat(2)),
    columns,
    rows,
  );
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
});

test('is drawn over the last drawing: up by its rows, each line cleared to its end', () => {
  const written = drawing([{ text: 'one', tone: 'plain' }], 3);
  expect(written).toBe('\r\u001b[3A\u001b[0mone\u001b[0m\u001b[K\n\u001b[J');
  expect(drawing([], 0)).toBe('\r\u001b[J');
  expect(rowsOf([100, 80, 0], 80)).toBe(4); // after the window became narrower, the first line takes two rows
});

test('wide and combining characters are measured as a terminal shows them', () => {
  expect(textWidth('Zoe\u0301')).toBe(3);
  expect(textWidth('邮件')).toBe(4);
  expect(cutText('邮件系统', 5)).toBe('邮件…');
  expect(fitText('ab', 4)).toBe('ab  ');
});

describe('counts in a mail log', () => {
  const lines: [string, keyof typeof noMail | undefined][] = [
    ['postfix/smtpd[1]: 4A2: client=mx.sound.test[198.19.1.25]', 'accepted'],
    ['postfix/submission/smtpd[1]: 4A2: client=x[198.19.1.25], sasl_method=PLAIN', 'accepted'],
    ['postfix/pickup[1]: 4A2: uid=0 from=<root>', 'accepted'],
    [
      'postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[198.19.1.25]: 554 5.7.1 <a@b>: Relay access denied; from=<>',
      'refused',
    ],
    ['postfix/cleanup[1]: 4A2: hold: header Received: from x; from=<a> to=<b>', 'held'],
    [
      'postfix/smtp[1]: 4A2: to=<a@b>, relay=h[1]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)',
      'relayed',
    ],
    ['postfix/local[1]: 4A2: to=<a@b>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)', 'delivered'],
    ['postfix/smtp[1]: 4A2: to=<a@b>, relay=none, delay=0, delays=0/0/0/0, dsn=4.4.1, status=deferred (x)', 'deferred'],
    ['postfix/smtp[1]: 4A2: to=<a@b>, relay=h, delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (x)', 'bounced'],
    ['MailScanner[1]: Infected message 4A2 came from 198.19.1.25', 'stopped'],
    ['MailScanner[1]: Spam Actions: message 4A2 actions are store', 'stopped'],
    ['MailScanner[1]: Spam Actions: message 4A2 actions are deliver,header', undefined],
    ['postfix/qmgr[1]: 4A2: removed', undefined],
    ['dovecot[1]: imap-login: status=sent ', undefined],
  ];
  test.each(lines)('%s', (text, kind) => {
    const counted = countLine(noMail, `Nov 24 04:12:30 mail ${text}`);
    expect(counted).toEqual(kind === undefined ? noMail : { ...noMail, [kind]: 1 });
  });
  test('a line that is no log line counts nothing; sums add up kind by kind', () => {
    expect(countLine(noMail, 'status=sent \u001b[2J')).toBe(noMail);
    expect(addCounts({ ...noMail, held: 1 }, { ...noMail, held: 2, bounced: 1 })).toEqual({
      ...noMail,
      held: 3,
      bounced: 1,
    });
  });
});

test('without a terminal only what changed is told', () => {
  const before = facts(seat(1));
  const sick = seat(1, {
    hosts: [{ host: 'gateway', isWell: false, state: 'postfix stopped' }],
    labs: [
      { number: '01', score: { points: 12, of: 12 } },
      { number: '02', score: { points: 3, of: 12 } },
    ],
  });
  expect(boardChanges(undefined, before, say)).toEqual([]);
  expect(boardChanges(before, before, say)).toEqual([]);
  expect(boardChanges(before, facts(sick), say)).toEqual([
    '04:12:33 pc1 gateway: postfix stopped',
    '04:12:33 pc1 lab 02: 3 of 12 points',
  ]);
});

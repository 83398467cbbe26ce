/**
 * classroom.test - the pages over HTTP: what they show, what they escape, whom they refuse.
 */
import http from 'node:http';
import os from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { createClassroom, type StartedClassroom } from './classroom.ts';
import type { ClassroomContent } from './content.ts';
import { isKnownHost } from './known-hosts.ts';

const hostile = '<script>alert(1)</script>"\'&';
const started: StartedClassroom[] = [];

afterEach(async () => {
  for (const classroom of started.splice(0)) await classroom.stop();
});

const content: ClassroomContent = {
  seats: ['pc1', 'pc2'],
  themeFolder: import.meta.dirname,
  labs: async () => [
    { id: '01-first', title: 'First', summary: hostile, minutes: 45 },
    { id: '02-second', title: 'Second', summary: 's', minutes: 30 },
  ],
  deck: async (lab, seat) => ({
    title: 'First',
    sectionsHtml: `<section><h2>${lab} ${seat}</h2></section>`,
    slides: [{ title: 'one', notesHtml: '<p>say this</p>' }],
  }),
  workshop: {
    domain: 'ws.test',
    ringHtml: async () => '<svg></svg>',
    seatEntries: async () =>
      ['pc1', 'pc2'].map((id) => ({
        id,
        person: hostile,
        isStandIn: id === 'pc2',
        domain: `${id}.ws.test`,
        user: 'afnog',
        filters: 'pc2',
        filteredBy: 'pc2',
        hosts: [
          {
            host: 'gateway',
            name: `gw.${id}`,
            address: '198.18.1.10',
            ports: [{ port: 25, socket: '127.18.1.10:2525' }],
            services: [{ name: 'postfix', state: 'failed', reason: hostile }],
          },
        ],
      })),
    results: async (seat) =>
      seat === 'pc1'
        ? [
            {
              lab: '01-first',
              at: '2026-11-25T04:31:20Z',
              points: 3,
              of: 12,
              checks: [{ title: hostile, verdict: 'fail' }],
            },
          ]
        : [],
    sheet: async (lab, seat) =>
      `# Sheet of ${lab}\n\n${hostile}\n\n## A step\n\n\`\`\`sh host=mailbox\necho '<b>' ${seat}\n\`\`\`\n`,
  },
};

async function start(what: ClassroomContent = content, log: (line: string) => void = () => undefined): Promise<string> {
  const classroom = await createClassroom(async () => what, { log }).start();
  started.push(classroom);
  return classroom.url;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A request with headers that fetch would not let through. */
function get(url: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = http.request(url, { headers, method, agent: false }, (response) => {
    let body = '';
    response.on('data', (part: Buffer) => (body += part.toString()));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
  });
  request.on('error', reject);
  request.end();
  return promise;
}

test('the first page says what to do first, and shows labs with their state and seats with their addresses', async () => {
  const { status, body } = await get(await start());
  expect(status).toBe(200);
  expect(body).toContain('npx gatehouse shell pc1 mailbox');
  expect(body).toContain('href="/labs/01-first?seat=pc1"');
  expect(body).toContain('pc1: 3 of 12');
  expect(body).toContain('198.18.1.10');
  expect(body).toContain('stand-in');
});

test.each([
  '',
  'labs/01-first?seat=pc2',
  'seats/pc1',
  'slides/',
  'slides/01-first/notes',
  'no<script>alert(1)</script>',
])('/%s: text is escaped, and no script may run but those served from here', async (place) => {
  const { headers, body } = await get(new URL(place, await start()).href);
  expect(body).not.toContain('<script>alert');
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
  expect(body).not.toMatch(/ (style|on[a-z]+)=/);
});

test('a sheet is Markdown: no HTML of its own passes, commands say for which host they are', async () => {
  const { body } = await get(`${await start()}labs/01-first?seat=pc2`);
  expect(body).toContain('<h1>Sheet of 01-first</h1>');
  expect(body).toContain('on the mailbox host of pc2');
  expect(body).toContain('echo &#39;&lt;b&gt;&#39; pc2'.replaceAll('&#39;', "'"));
  expect(body).toContain('<h2 id="step-1">A step</h2>');
});

test('a deck is shown for the seat that is asked for, and without scripts for paper', async () => {
  const url = await start();
  const screen = await get(`${url}slides/01-first?seat=pc2`);
  expect(screen.body).toContain('<h2>01-first pc2</h2>');
  expect(screen.body).toContain('/theme/deck.js');
  const paper = await get(`${url}slides/01-first?seat=pc2&print-pdf`);
  expect(paper.body).toContain('<h2>01-first pc2</h2>');
  expect(paper.body).not.toContain('<script');
  expect((await get(`${url}reveal/reveal.mjs`)).status).toBe(200);
});

test('what is not there is a page that says what there is', async () => {
  const url = await start();
  const lab = await get(`${url}labs/77-none`);
  expect([lab.status, lab.body]).toEqual([404, expect.stringContaining('there are 01-first, 02-second')]);
  const seat = await get(`${url}seats/pc9`);
  expect([seat.status, seat.body]).toEqual([404, expect.stringContaining('this workshop has pc1 pc2')]);
  expect((await get(`${url}assets/../classroom.ts`)).status).toBe(404);
  expect((await get(`${url}assets/%2e%2e/classroom.ts`)).status).toBe(404);
  for (const [place, status] of [
    ['%zz', 400],
    [`labs/${'a'.repeat(500)}`, 414],
  ] as const) {
    const none = await get(url + place);
    expect([none.status, none.body]).toEqual([status, expect.stringContaining('There is no such page')]);
    expect(none.headers['content-security-policy']).toContain("default-src 'none'");
  }
});

test('a page that cannot be made says why, and the others go on', async () => {
  const told: string[] = [];
  const deck = (): Promise<never> => Promise.reject(new Error('slides/en/01.ejs: the parameter "x" is not there'));
  const url = await start({ ...content, deck }, (line) => told.push(line));
  const answer = await get(`${url}slides/01-first`);
  expect(answer.status).toBe(500);
  expect(answer.body).toContain('the parameter &#34;x&#34; is not there');
  expect(told).toEqual([expect.stringContaining('/slides/01-first: slides/en/01.ejs')]);
  expect((await get(url)).status).toBe(200);
});

test('answers to this machine only: another name is refused, and nothing listens on other addresses', async () => {
  const url = await start();
  const rebound = await get(url, { host: 'evil.example' });
  expect([rebound.status, rebound.body.includes('198.18.1.10')]).toEqual([421, false]);
  const { port } = new URL(url);
  expect((await get(url, { host: `localhost:${port}` })).status).toBe(200);
  const outer = Object.values(os.networkInterfaces())
    .flat()
    .find((each) => each && !each.internal && each.family === 'IPv4');
  if (outer) await expect(get(`http://${outer.address}:${port}/`)).rejects.toThrow(/ECONNREFUSED/);
});

test('nothing can be sent to it', async () => {
  const url = await start();
  for (const method of ['POST', 'PUT', 'DELETE']) expect((await get(url, {}, method)).status).toBe(404);
});

test('two classrooms stand side by side; a port that is asked for and taken is an error with the cure', async () => {
  const [first, second] = [await start(), await start()];
  expect(first).not.toBe(second);
  const port = Number(new URL(first).port);
  await expect(createClassroom(async () => content, { port, log: () => undefined }).start()).rejects.toThrow(
    `port ${port} of 127.0.0.1 is taken or may not be bound; cure: name another one, or none`,
  );
});

test('decks alone: the first page lists them, sheets are told where they are', async () => {
  const url = await start({ ...content, workshop: undefined });
  expect((await get(url)).body).toContain('href="/slides/01-first?seat=pc1"');
  const sheet = await get(`${url}labs/01-first`);
  expect([sheet.status, sheet.body]).toEqual([404, expect.stringContaining('npm start runs a workshop')]);
});

test('a sheet as text, for a terminal', async () => {
  const url = await start();
  const { headers, body } = await get(`${url}labs/01-first.md?seat=pc2`);
  expect(headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(body).toMatch(/^# Sheet of 01-first\n/);
  expect((await get(`${url}labs/09-none.md`)).status).toBe(404);
});

test('where SSH leads to the hosts, pages say so', async () => {
  const { workshop } = content;
  const url = await start({ ...content, workshop: workshop && { ...workshop, ssh: (login) => `ssh ${login}@here` } });
  expect((await get(url)).body).toContain('ssh pc1-mailbox@here');
  expect((await get(`${url}seats/pc2`)).body).toContain('ssh pc2@here');
});

test('a page that cannot know what runs says nothing of it', async () => {
  const { workshop } = content;
  const seatEntries = async () =>
    ((await workshop?.seatEntries()) ?? []).map((seat) => ({
      ...seat,
      hosts: seat.hosts.map((host) => ({ ...host, services: undefined })),
    }));
  const url = await start({ ...content, workshop: workshop && { ...workshop, seatEntries } });
  const page = (await get(`${url}seats/pc1`)).body;
  expect(page).toContain('198.18.1.10');
  expect(page).not.toContain('not running');
  expect(page).not.toContain('Services');
});

test.each([
  ['127.0.0.1', [], 'localhost:8025', true],
  ['127.0.0.1', ['laptop'], 'laptop:8025', false],
  ['127.0.0.1', [], '192.0.2.1', false],
  ['0.0.0.0', ['Laptop'], 'laptop:8025', true],
  ['0.0.0.0', ['laptop'], '192.0.2.1:8025', true],
  ['0.0.0.0', ['laptop'], '[2001:db8::1]:8025', true],
  ['0.0.0.0', ['laptop'], 'evil.example:8025', false],
  ['198.18.0.80', ['classroom.ws.test'], 'classroom.ws.test', true],
  ['198.18.0.80', ['classroom.ws.test'], 'xclassroom.ws.test', false],
  ['198.18.0.80', [], '', false],
] as const)('at %s with the names %j, %s is known: %s', (address, names, host, isKnown) => {
  expect(isKnownHost(host, address, names)).toBe(isKnown);
});

test('what runs is asked of the seat that is shown only', async () => {
  const { workshop } = content;
  const watched: (string | undefined)[] = [];
  const seatEntries = async (seat?: string) => {
    watched.push(seat);
    return (await workshop?.seatEntries()) ?? [];
  };
  const url = await start({ ...content, workshop: workshop && { ...workshop, seatEntries } });
  for (const place of ['', 'seats/pc2']) await get(`${url}${place}`);
  expect(watched).toEqual([undefined, 'pc2']);
});

test('what makes the pages is asked for with the first visitor; where it cannot be had, each is told, and the log why', async () => {
  const told: string[] = [];
  const url = await start({ ...content, themeFolder: 'no/absolute/place' }, (line) => told.push(line));
  expect(told).toEqual([]);
  for (let visitor = 1; visitor <= 2; visitor += 1) {
    const { status, body } = await get(url);
    expect([status, body]).toEqual([500, expect.stringContaining('the reason is in the log')]);
    expect(told).toEqual(Array.from({ length: visitor }, () => expect.stringMatching(/^no pages: .*absolute/)));
  }
});

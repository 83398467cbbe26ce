/**
 * deck.test - what a deck is made of: configuration from the labs' solutions, escaped blocks, drawings.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadLabs } from '../grader/load-labs.ts';
import { seatParameters } from '../range/parameters.ts';
import { renderTree } from '../range/render-tree.ts';
import { createWorld, findSeat } from '../range/world.ts';
import { configurationBlock, dialogueBlock, outputBlock } from './blocks.ts';
import { readExcerpt } from './configuration.ts';
import { renderDeck } from './deck.ts';
import { drawPicture } from './picture.ts';

const world = createWorld({ seats: [{}, {}, {}], seed: 'slides' });
const values = seatParameters(world, 'pc2');
const labs = await loadLabs();
const home = path.dirname(import.meta.dirname);
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A solution with one file, and what slides are told of it. */
async function solutionWith(file: string, text: string): Promise<Parameters<typeof readExcerpt>[0]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-'));
  folders.push(folder);
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), text);
  return { slide: 'slides/en/01-x.ejs', folder, title: 'labs/01-x/solution', values };
}

test('parameters come in the order asked for, with their continuation lines and the seat’s values', async () => {
  const source = await solutionWith(
    'gateway/etc/postfix/main.cf.ejs',
    '# a comment\nmyhostname = <%= local.name %>\nmynetworks = 127.0.0.0/8\n  192.0.2.1/32\nrelayhost =\n',
  );
  const selection = { file: 'gateway/etc/postfix/main.cf', parameters: ['mynetworks', 'myhostname'] };
  expect(readExcerpt(source, selection)).toEqual({
    host: 'gateway',
    path: '/etc/postfix/main.cf',
    text: 'mynetworks = 127.0.0.0/8\n  192.0.2.1/32\nmyhostname = gw.pc2.sse.ws.test',
  });
});

test('a parameter that is no longer in the solution is an error that names it, the slide and the file', async () => {
  const source = await solutionWith('gateway/etc/postfix/main.cf', 'myhostname = x\n#relay_domains = y\n');
  const ask = (): unknown =>
    readExcerpt(source, { file: 'gateway/etc/postfix/main.cf', parameters: ['myhostname', 'relay_domains'] });
  expect(ask).toThrow(
    'slides/en/01-x.ejs: the parameter "relay_domains" is not in labs/01-x/solution/gateway/etc/postfix/main.cf',
  );
  expect(() => readExcerpt(source, { file: 'gateway/etc/postfix/main.cf', lines: /nothing like it/ })).toThrow(
    /01-x\.ejs: a line like .* is not in labs\/01-x\/solution/,
  );
  expect(() => readExcerpt(source, { file: 'gateway/etc/postfix/transport' })).toThrow(
    'slides/en/01-x.ejs: there is no labs/01-x/solution/gateway/etc/postfix/transport',
  );
});

/** Every line of configuration that a solution, or a freshly installed host, has. */
function knownLines(): Set<string> {
  const seat = findSeat(world, 'pc2');
  const trees = (['gateway', 'mailbox', 'dns'] as const).flatMap((host) => {
    const local = host === 'dns' ? world.dns : seat[host];
    const places = [
      path.join(home, 'containers', host, 'files'),
      ...labs.map(({ folder }) => path.join(folder, 'solution', host)),
    ];
    return places.flatMap((place) => renderTree(place, { ...values, local }));
  });
  return new Set(trees.flatMap(({ content }) => content.toString('utf8').split('\n')).map((line) => line.trim()));
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

test('every line of every configuration block is in a solution or a base file', async () => {
  const known = knownLines();
  for (const { lab, text } of labs) {
    const { sections, slides } = await renderDeck({ lab: lab.id, title: text.title, world, seat: 'pc2' });
    const blocks = [...sections.matchAll(/<figure class="block configuration">.*?<code>(.*?)<\/code>/gs)];
    expect(blocks.length, lab.id).toBeGreaterThan(1);
    const lines = blocks.flatMap(([, block = '']) => [
      ...block.matchAll(/<span class="line">(.*?)<\/span>(?=<span class="line">|$)/gs),
    ]);
    for (const [, line = ''] of lines) {
      const plain = line.replace(/<[^>]*>/g, '').replace(/&(\w+|#39);/g, (_, name: string) => entities[name] ?? '?');
      expect(known, `${lab.id} shows "${plain}"`).toContain(plain.trim());
    }
    expect(
      slides.every(({ notes }) => notes !== ''),
      `${lab.id}: every slide has notes`,
    ).toBe(true);
    expect(sections).toContain('<svg class="picture"');
    expect(sections).toContain('pc2.sse.ws.test');
    expect(sections).not.toContain('undefined');
  }
});

test('a seat with a genuine gateway is told on the slides of lab 6 what stands for MailScanner there; others are not', async () => {
  const mixed = createWorld({ seats: [{}, { genuine: ['gateway'] }, { genuine: ['mailbox'] }], seed: 'slides' });
  const deckOf = (seat: string) =>
    renderDeck({ lab: '06-spam-and-viruses-stop-here', title: 'x', world: mixed, seat }).then(
      ({ sections }) => sections,
    );
  const genuine = await deckOf('pc2');
  expect(genuine).toContain('Your gateway is a genuine one: amavis');
  expect(genuine).toContain('etc/amavis/conf.d/50-user');
  expect(genuine).toContain('service amavis status');
  for (const seat of ['pc1', 'pc3']) expect(await deckOf(seat)).not.toMatch(/genuine one|service amavis/);
});

test('nobody types configuration on a slide: the blocks are made by config() and installed() alone', async () => {
  for (const { lab } of labs) {
    const text = await readFile(path.join(import.meta.dirname, 'en', `${lab.id}.ejs`), 'utf8');
    expect(text).not.toMatch(/class="block/);
    expect(text.replace(/<code>.*?<\/code>/gs, ''), lab.id).not.toMatch(/^[a-z_]{4,} = /m);
  }
});

test('blocks escape what they show', () => {
  const hostile = '<script>"&\'</script>';
  const shown = [
    configurationBlock({ host: hostile, path: hostile, text: `a = ${hostile}` }, hostile),
    dialogueBlock(hostile, `! S: ${hostile}`),
    outputBlock(hostile, hostile),
    drawPicture({ title: hostile, stops: [{ id: 'a', column: 0, row: 0, name: hostile, asks: hostile }], arrows: [] }),
  ].join('');
  expect(shown).not.toContain('<script');
  expect(shown).toContain('&lt;script&gt;');
});

test('an arrow that leads nowhere is an error', () => {
  const stops = [{ id: 'a', column: 0, row: 0, name: 'a' }];
  expect(() => drawPicture({ title: 't', stops, arrows: [{ from: 'a', to: 'b', label: 'x' }] })).toThrow(
    'the arrow "x" goes from "a" to "b"; one of them is no stop',
  );
});

test('a lab without a deck is told by name', async () => {
  await expect(renderDeck({ lab: '99-none', title: 'x', world, seat: 'pc2' })).rejects.toThrow('slides/en/99-none.ejs');
});

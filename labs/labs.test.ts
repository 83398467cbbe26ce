/**
 * What every lab brings: sheets, texts, specifications, cases, and nothing astray. The exam itself is test/exam.test.ts.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCase } from '../grader/exam/case-folder.ts';
import { textFor } from '../grader/genuine-variant.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { commandBlocks, renderSheet } from '../grader/sheet.ts';
import { createWorld } from '../range/world.ts';

const labs = await loadLabs();
const world = createWorld({ seed: 'of a test', seats: [{}, {}, {}] });

/** First column and tags of a CHECKS.md table. */
async function specified(folder: string): Promise<Map<string, string[]>> {
  const text = await readFile(path.join(folder, 'CHECKS.md'), 'utf8');
  return new Map(
    [...text.matchAll(/^\| `([a-z0-9-]+)` \|.*\| ([A-Z0-9_, ]+) \|$/gm)].map(([, id = '', tags = '']) => [
      id,
      tags.split(',').map((tag) => tag.trim()),
    ]),
  );
}

test('there are the six labs of the first course, in order', () => {
  expect(labs.map(({ lab }) => lab.id)).toEqual([
    '01-first-mail',
    '02-who-may-relay',
    '03-someone-must-answer',
    '04-names',
    '05-filter-for-your-neighbour',
    '06-spam-and-viruses-stop-here',
  ]);
});

describe.each(labs)('$lab.id', (loaded) => {
  const { lab, folder, text } = loaded;
  test('CHECKS.md specifies the checks of checks.ts, tag by tag', async () => {
    const declared = new Map(lab.checks.map((check) => [check.id, [...check.tags].sort()]));
    const written = new Map([...(await specified(folder))].map(([id, tags]) => [id, [...tags].sort()]));
    expect(written).toEqual(declared);
  });

  test('the sheet renders for every seat, without gaps, and speaks of that seat', async () => {
    for (const { id, domain } of world.seats) {
      const sheet = await renderSheet({ lab, folder }, world, id);
      expect(sheet).toContain(domain);
      expect(sheet).not.toMatch(/<%|undefined|\[object/);
      expect(commandBlocks(sheet).length).toBeGreaterThan(0);
    }
  });

  test('commands in the sheet are typed with plain hyphens and quotes', async () => {
    const sheet = await renderSheet({ lab, folder }, world, 'pc1');
    for (const { commands } of commandBlocks(sheet)) expect(commands).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test("every tag says why, and every one but a check's first what to do", () => {
    const good = new Set(lab.checks.map((check) => check.tags[0]));
    for (const [tag, { rationale, help }] of Object.entries(text.tags)) {
      expect(rationale, tag).not.toBe('');
      if (!good.has(tag)) expect(help, tag).not.toBe('');
    }
  });

  test('its folder holds what a lab has, and nothing else', async () => {
    const allowed = ['CHECKS.md', 'en', 'genuine', 'mistakes', 'near-misses', 'solution', 'start'];
    expect((await readdir(folder)).filter((name) => !allowed.includes(name) && !name.endsWith('.ts'))).toEqual([]);
    expect((await readdir(path.join(folder, 'en'))).sort()).toEqual(['sheet.md.ejs', 'text.yaml']);
  });

  test('what a genuine gateway cannot carry is a case of the lab, with a reason; what it has instead is well formed', async () => {
    for (const [name, reason] of Object.entries(lab.genuine?.leftOut ?? {})) {
      await loadCase(lab, path.join(folder, name));
      expect(reason, name).not.toBe('');
    }
    const own = path.join(folder, 'genuine');
    expect((await readdir(own).catch(() => [])).length > 0).toBe(lab.genuine?.reload !== undefined);
    for (const kind of lab.genuine?.reload ? ['mistakes', 'near-misses'] : [])
      for (const name of await readdir(path.join(own, kind)))
        expect(Object.keys((await loadCase(lab, path.join(own, kind, name))).checks).length > 0).toBe(
          kind === 'mistakes',
        );
  });

  test('every case says what it is about and which checks must notice it', async () => {
    for (const kind of ['mistakes', 'near-misses'])
      for (const name of await readdir(path.join(folder, kind))) {
        const expected = await loadCase(lab, path.join(folder, kind, name));
        expect(expected.about).not.toBe('');
        if (kind === 'mistakes') expect(Object.values(expected.checks).flat()).toContain('fail');
      }
  });
});

test.each(labs.filter(({ lab }) => lab.genuine?.reload))(
  '$lab.id: on a genuine gateway neither sheet nor words send people to MailScanner',
  async (loaded) => {
    const { lab, folder, text } = loaded;
    const genuine = createWorld({ seed: 'of a test', seats: [{ genuine: ['gateway'] }, {}] });
    const sheet = await renderSheet({ lab, folder }, genuine, 'pc1');
    expect(sheet).toContain('amavis');
    expect(sheet).not.toBe(await renderSheet({ lab, folder }, genuine, 'pc2'));
    for (const { commands } of commandBlocks(sheet)) expect(commands).not.toMatch(/mailscanner/i);
    const { tags, hints, manuals } = textFor(loaded, genuine, 'pc1');
    expect(JSON.stringify({ tags, hints, manuals })).not.toMatch(/mailscanner/i);
    expect(textFor(loaded, genuine, 'pc2')).toBe(text);
  },
);

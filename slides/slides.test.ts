/**
 * slides.test - the decks and the pages in a genuine browser: nothing overflows, no dead link, nothing from elsewhere, no error on the console.
 *
 * Runs where Chromium is installed (.ci/run installs it).
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClassroom, type StartedClassroom } from '../containers/classroom/classroom.ts';
import { deckContent, workshopContent } from '../cli/classroom-content.ts';
import { loadLabs } from '../grader/load-labs.ts';
import { createWorld } from '../range/world.ts';
import { openWorkspace, saveWorkshop } from '../range/workspace.ts';
import { findPeer } from '../test/genuine-peers.ts';

const program = findPeer('chromium', 'chromium-browser', 'google-chrome');
const labs = (await loadLabs()).map(({ lab }) => lab.id);
/** The longest names there can be. */
const longest = 'pc200';
/** One whose gateway is a genuine one: lab 6 has a slide more for it. */
const genuine = 'pc199';
const decks = [...labs.map((lab) => [lab, longest] as const), ['06-spam-and-viruses-stop-here', genuine] as const];
/** Run in the page. */
const findOverflow = readFileSync(path.join(import.meta.dirname, 'find-overflow.js'), 'utf8');
const lookAtPage = `({
  sideways: document.documentElement.scrollWidth - innerWidth,
  links: [...document.querySelectorAll('a[href]')].map((link) => link.href),
  anchors: [...document.querySelectorAll('[id]')].map((element) => element.id),
})`;
const quiet = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'];

interface Looks {
  readonly sideways: number;
  readonly links: readonly string[];
  readonly anchors: readonly string[];
}

interface Visit {
  readonly page: Page;
  /** Console errors, failed requests, and requests to anywhere else. */
  readonly complaints: string[];
}

describe.runIf(program !== undefined)('in a browser', () => {
  let browser: Browser;
  let served: StartedClassroom;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-'));
    const workspace = openWorkspace(folder);
    const workshop = await saveWorkshop(workspace, undefined);
    const seats = Array.from({ length: 200 }, (_, index) =>
      `pc${index + 1}` === genuine ? { genuine: ['gateway' as const] } : {},
    );
    const world = createWorld({ seats, seed: 'slides' });
    const content = { ...workshopContent(workspace, workshop), seats: world.seats.map((seat) => seat.id) };
    const { deck } = deckContent(world, 'pc1');
    served = await createClassroom(async () => ({ ...content, deck }), { log: () => undefined }).start();
    browser = await chromium.launch({ executablePath: program ?? '', args: quiet });
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  async function visit(address: string, width = 1280, height = 720): Promise<Visit> {
    const page = await browser.newPage({ viewport: { width, height } });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => {
      // Going on to the next page cuts off what the last one still loads.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()} failed`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(served.url)) complaints.push(`asks ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
    });
    await page.goto(new URL(address, served.url).href, { waitUntil: 'load' });
    return { page, complaints };
  }

  test.each(decks)('%s of %s: every slide fits, nothing comes from elsewhere', async (lab, seat) => {
    const { page, complaints } = await visit(`slides/${lab}?seat=${seat}`);
    await page.waitForSelector('body[data-ready]');
    const slides = await page.locator('.slides > section').count();
    expect(slides).toBeGreaterThanOrEqual(8);
    expect(slides).toBeLessThanOrEqual(14);
    const overflowing: string[] = [];
    for (let index = 0; index < slides; index += 1) {
      if (index > 0) await page.keyboard.press('ArrowRight');
      await page.waitForSelector(`.slides > section:nth-of-type(${index + 1}).present`);
      overflowing.push(...(await page.evaluate<string[]>(findOverflow)));
    }
    expect(overflowing).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(decks)('%s of %s: on paper every slide fits its page, without scripts', async (lab, seat) => {
    const { page, complaints } = await visit(`slides/${lab}?seat=${seat}&print-pdf`);
    expect(await page.evaluate<string[]>(findOverflow)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a slide that is too full is found', async () => {
    const { page } = await visit(`slides/${labs[0]}`);
    await page.waitForSelector('body[data-ready]');
    await page.evaluate(
      `document.querySelector('.slides > section.present').append(Object.assign(document.createElement('p'), { style: 'height: 900px' }))`,
    );
    expect(await page.evaluate<string[]>(findOverflow)).toEqual([expect.stringContaining('First mail')]);
    await page.close();
  });

  test('no page has a dead link or scrolls sideways, wide or narrow', { timeout: 180_000 }, async () => {
    const wanted = ['', 'slides/', ...labs.map((lab) => `slides/${lab}/notes`), 'seats/pc2'];
    const seen = new Set<string>();
    const faults: string[] = [];
    const { page, complaints } = await visit('no/such/page', 420);
    expect(complaints.splice(0)).not.toEqual([]);
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      // Decks of other seats are the same pages; one other seat is enough for the rest.
      if (seen.has(next) || /seat=pc(?![12](&|$))/.test(next) || /^slides.*seat=pc2/.test(next)) continue;
      seen.add(next);
      await page.goto(new URL(next, served.url).href);
      const isDeck = /^slides\/[^/?]+(\?|$)/.test(next);
      const { sideways, links, anchors } = await page.evaluate<Looks>(lookAtPage);
      if (sideways > 0 && !isDeck) faults.push(`${next} scrolls sideways`);
      faults.push(...complaints.splice(0).map((complaint) => `${next}: ${complaint}`));
      for (const link of links) {
        const [place = '', anchor] = link.split('#');
        if (!place.startsWith(served.url)) faults.push(`${next}: leads outside to ${link}`);
        else if (place !== page.url().split('#')[0]) wanted.push(place.slice(served.url.length));
        else if (anchor && !isDeck && !anchors.includes(anchor)) faults.push(`${next}: #${anchor} leads nowhere`);
      }
    }
    expect(faults).toEqual([]);
    for (const place of ['', 'slides/', ...labs.flatMap((lab) => [`labs/${lab}?seat=pc1`, `slides/${lab}?seat=pc1`])])
      expect(seen).toContain(place);
    await page.close();
  });
});

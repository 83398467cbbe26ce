/**
 * slides.test - the decks and the pages in a genuine browser: nothing overflows, no dead link, nothing from elsewhere, no error on the console.
 *
 * Runs where Chromium is installed (.ci/run installs it).
 */
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
const quiet = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'];

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
    const world = createWorld({ seats: Array.from({ length: 200 }, () => ({})), seed: 'slides' });
    const content = { ...workshopContent(workspace, workshop), seats: world.seats.map((seat) => seat.id) };
    const decks = deckContent(world, 'pc1');
    served = await createClassroom({ ...content, deck: decks.deck }, { log: () => undefined }).start();
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
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    page.on('request', (request) => {
      if (!request.url().startsWith(served.url)) complaints.push(`asks ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
    });
    await page.goto(new URL(address, served.url).href, { waitUntil: 'load' });
    return { page, complaints };
  }

  test.each(labs)('%s: every slide fits, nothing comes from elsewhere', async (lab) => {
    const { page, complaints } = await visit(`slides/${lab}?seat=${longest}`);
    await page.waitForSelector('body[data-ready]');
    const slides = await page.locator('.slides > section').count();
    expect(slides).toBeGreaterThanOrEqual(8);
    expect(slides).toBeLessThanOrEqual(14);
    const overflowing: string[] = [];
    for (let index = 0; index < slides; index += 1) {
      if (index > 0) await page.keyboard.press('ArrowRight');
      await page.waitForSelector(`.slides > section:nth-of-type(${index + 1}).present`);
      overflowing.push(...(await page.evaluate(findOverflow)));
    }
    expect(overflowing).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(labs)('%s: on paper every slide fits its page, without scripts', async (lab) => {
    const { page, complaints } = await visit(`slides/${lab}?seat=${longest}&print-pdf`);
    expect(await page.evaluate(findOverflow)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a slide that is too full is found', async () => {
    const { page } = await visit(`slides/${labs[0]}`);
    await page.waitForSelector('body[data-ready]');
    await page.evaluate(() => {
      const wide = document.createElement('div');
      wide.textContent = 'x'.repeat(40);
      wide.style.height = '900px';
      document.querySelector('.slides > section.present')?.append(wide);
    });
    expect(await page.evaluate(findOverflow)).toEqual([expect.stringContaining('First mail')]);
    await page.close();
  });

  test('no page has a dead link or scrolls sideways, wide or narrow', async () => {
    const seen = new Set<string>();
    const wanted = ['', 'slides/', ...labs.map((lab) => `slides/${lab}/notes`), 'seats/pc2', 'no/such/page'];
    const outside: string[] = [];
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      if (seen.has(next) || /seat=pc(?![12]$)/.test(next)) continue;
      seen.add(next);
      const isDeck = /^slides\/[^/?]+(\?|$)/.test(next);
      const { page, complaints } = await visit(next, seen.size % 2 === 0 ? 1280 : 420, 900);
      if (next !== 'no/such/page') expect(complaints, next).toEqual([]);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (!isDeck) expect(sideways, `${next} scrolls sideways`).toBeLessThanOrEqual(0);
      const links = await page
        .locator('a[href]')
        .evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).href));
      for (const link of links) {
        const [place = '', anchor] = link.split('#');
        if (!place.startsWith(served.url)) outside.push(link);
        else if (anchor !== undefined && place === page.url().split('#')[0])
          expect(await page.locator(`[id="${decodeURIComponent(anchor)}"]`).count(), `${next}#${anchor}`).toBe(1);
        else wanted.push(place.slice(served.url.length));
      }
      await page.close();
    }
    expect(seen.size).toBeGreaterThan(2 + labs.length * 3);
    expect(outside).toEqual([]);
  });
});

/** In the page: what is larger than its place, among the slides that are shown. */
function findOverflow(): string[] {
  const shown = [...document.querySelectorAll<HTMLElement>('.slides > section')].filter(
    (section) => section.offsetParent !== null && getComputedStyle(section).visibility !== 'hidden',
  );
  const present = shown.filter((section) => section.classList.contains('present'));
  return (present.length > 0 ? present : shown).flatMap((section) => {
    const title = section.querySelector('h1, h2')?.textContent ?? '(no heading)';
    const place = section.getBoundingClientRect();
    const scale = place.width / section.offsetWidth;
    const found: string[] = [];
    const style = getComputedStyle(section);
    const bottom = place.bottom - parseFloat(style.paddingBottom) * 0.4 * scale;
    for (const part of section.querySelectorAll<HTMLElement>('h1, h2, p, li, pre, figure, table, svg, td, div')) {
      if (part.closest('aside') || part.closest('mark')) continue;
      const { bottom: end, right } = part.getBoundingClientRect();
      if (end > bottom + 1)
        found.push(`${title}: <${part.tagName}> ends ${Math.round((end - bottom) / scale)} px too low`);
      if (right > place.right + 1) found.push(`${title}: <${part.tagName}> is too wide`);
      if (part.tagName === 'PRE' && part.scrollWidth > part.clientWidth + 1)
        found.push(`${title}: a <PRE> is too wide`);
      if (part.tagName === 'PRE' && part.scrollHeight > part.clientHeight + 1)
        found.push(`${title}: a <PRE> is too high`);
    }
    if (section.scrollHeight > section.clientHeight + 1)
      found.push(`${title}: ${section.scrollHeight - section.clientHeight} px too high`);
    if (section.scrollWidth > section.clientWidth + 1) found.push(`${title}: too wide`);
    return found.slice(0, 2);
  });
}

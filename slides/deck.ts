/**
 * deck - a lab's slides for one seat: sections of HTML from `<language>/<lab>.ejs`.
 *
 * A deck is EJS (`<%= %>` escapes) with the seat's parameters and these helpers, which return HTML (`<%- %>`):
 *
 *     config({ file: 'mailbox/etc/postfix/main.cf', parameters: ['myhostname'] })   from this lab's solution/
 *     config({ lab: '01-first-mail', ... })                                        from another lab's
 *     installed({ file: 'gateway/etc/MailScanner/MailScanner.conf', ... })         from the files of a freshly installed host
 *     postconf({ file: ..., parameters: [...] })   the postconf -e command that sets them so (text, for commands())
 *     commands('mailbox', 'postconf -n')      dialogue('title', 'S: 220 ...')      output('title', 'log lines')
 *     picture({ title, stops, arrows })
 *     hasGenuineGateway                            is the seat's gateway made of Debian's own programs?
 *
 * Each slide is a `<section>` with an `<h2>`; `<aside class="notes">` in it is for the instructor.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import ejs from 'ejs';
import { seatParameters, type Parameters } from '../range/parameters.ts';
import { findSeat, type World } from '../range/world.ts';
import { commandBlock, configurationBlock, dialogueBlock, outputBlock } from './blocks.ts';
import { readExcerpt, type Excerpt, type Selection } from './configuration.ts';
import { drawPicture } from './picture.ts';

export interface Deck {
  readonly lab: string;
  readonly title: string;
  readonly seat: string;
  /** One `<section>` after the other. */
  readonly sections: string;
  readonly slides: readonly Slide[];
}

export interface Slide {
  readonly title: string;
  /** HTML. */
  readonly notes: string;
}

export interface DeckOrder {
  /** `01-first-mail`. */
  readonly lab: string;
  readonly title: string;
  readonly world: World;
  readonly seat: string;
  readonly language?: string;
}

type Choice = Selection & { readonly lab?: string; readonly note?: string };

const home = path.dirname(import.meta.dirname);

/** What pages that show decks or pictures must serve. */
export const themeFolder = path.join(import.meta.dirname, 'theme');

/** Renders a deck. @throws Error naming the deck's file and what is wrong in it. */
export async function renderDeck({ lab, title, world, seat, language = 'en' }: DeckOrder): Promise<Deck> {
  const file = path.join('slides', language, `${lab}.ejs`);
  const values = seatParameters(world, seat);
  const hasGenuineGateway = findSeat(world, seat).genuine.includes('gateway');
  const sections = await render(file, { ...values, ...helpers(file, lab, values), hasGenuineGateway, title });
  return { lab, title, seat, sections, slides: readSlides(sections, file) };
}

/** The drawing of the whole workshop, for the front page. */
export async function renderRing(world: World, seat: string, language = 'en'): Promise<string> {
  return render(path.join('slides', language, 'ring.ejs'), { ...seatParameters(world, seat), picture: drawPicture });
}

async function render(file: string, values: object): Promise<string> {
  const full = path.join(home, file);
  try {
    return ejs.render(await readFile(full, 'utf8'), values, { filename: full });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(what.includes(file) ? what : `${file}: ${what}`);
  }
}

function helpers(slide: string, lab: string, values: Parameters): object {
  const fromSolution = ({ lab: other = lab, ...selection }: Choice): Excerpt => {
    const title = `labs/${other}/solution`;
    return readExcerpt({ slide, folder: path.join(home, title), title, values }, selection);
  };
  return {
    config: ({ note = '', ...choice }: Choice) => configurationBlock(fromSolution(choice), note),
    postconf: (choice: Choice) =>
      `postconf -e ${fromSolution(choice)
        .text.split('\n')
        .map((line) => `'${line}'`)
        .join(' ')}`,
    installed: ({ note = '', ...selection }: Choice) => {
      const [host = '', ...rest] = selection.file.split('/');
      const title = `containers/${host}/files`;
      const source = { slide, folder: path.join(home, 'containers'), title: 'containers', values };
      const { path: where, text } = readExcerpt(source, { ...selection, file: [host, 'files', ...rest].join('/') });
      return configurationBlock({ host, path: where.replace(/^\/files/, ''), text }, note === '' ? title : note);
    },
    commands: commandBlock,
    dialogue: dialogueBlock,
    output: outputBlock,
    picture: drawPicture,
  };
}

function readSlides(sections: string, file: string): Slide[] {
  return [...sections.matchAll(/<section\b[^>]*>(.*?)<\/section>/gs)].map(([, inside = ''], index) => {
    const heading = /<h[12][^>]*>(.*?)<\/h[12]>/s.exec(inside)?.[1];
    if (heading === undefined) throw new Error(`${file}: slide ${index + 1} has no heading; cure: give it an <h2>`);
    return {
      title: heading.replace(/<[^>]*>/g, '').trim(),
      notes: /<aside class="notes">(.*?)<\/aside>/s.exec(inside)?.[1]?.trim() ?? '',
    };
  });
}

/**
 * pages - the classroom's pages: templates of `pages/` filled with content and with the texts of a language.
 *
 * EJS escapes every value (`<%= %>`); only what this project's own templates made is put in as it is.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import ejs from 'ejs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ClassroomContent, LabEntry, WorkshopContent } from './content.ts';
import { renderSheetHtml } from './sheet-html.ts';

/** Asked for something that is not there; the message says what, and what there is. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

const templates = ['layout', 'home', 'decks', 'deck', 'notes', 'sheet', 'seat', 'message'] as const;
type TemplateName = (typeof templates)[number];
type Template = (values: object) => string;
type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Pages {
  home(): Promise<string>;
  decks(seat: string | undefined): Promise<string>;
  deck(lab: string, seat: string | undefined, forPaper: boolean): Promise<string>;
  notes(lab: string, seat: string | undefined): Promise<string>;
  sheet(lab: string, seat: string | undefined): Promise<string>;
  /** The sheet as it was written, without HTML. */
  sheetText(lab: string, seat: string | undefined): Promise<string>;
  seat(seat: string): Promise<string>;
  notFound(what: string): string;
  misdirected(): string;
  failed(what: string): string;
}

/** Compiles the templates. @throws Error naming the template or the text file that is wrong. */
export async function openPages(content: ClassroomContent, language = 'en'): Promise<Pages> {
  const text = await loadTexts(language);
  const compiled = new Map<TemplateName, Template>();
  for (const name of templates) compiled.set(name, await compileTemplate(name));
  const fill: Fill = (name, values) => compiled.get(name)?.({ text, say, language, ...values }) ?? '';
  const inLayout: Fill = (name, values) => {
    const { title = text['site']?.['name'] } = values;
    return fill('layout', {
      ...values,
      title,
      hasWorkshop: content.workshop !== undefined,
      bodyHtml: fill(name, values),
    });
  };
  return {
    ...messagePages(inLayout, text),
    ...deckPages(content, fill, inLayout),
    ...workshopPages(content, inLayout, text),
  };
}

type Values = Readonly<Record<string, unknown>>;
type Fill = (name: TemplateName, values: Values) => string;

function deckPages(content: ClassroomContent, fill: Fill, inLayout: Fill): Pick<Pages, 'decks' | 'deck' | 'notes'> {
  const find = async (id: string, asked: string | undefined): Promise<{ lab: LabEntry; seat: string }> => ({
    lab: await findLab(content, id),
    seat: chooseSeat(content, asked),
  });
  return {
    async decks(asked) {
      return inLayout('decks', { labs: await content.labs(), seat: chooseSeat(content, asked), seats: content.seats });
    },
    async deck(id, asked, forPaper) {
      const { lab, seat } = await find(id, asked);
      return fill('deck', { lab, seat, forPaper, deck: await content.deck(lab.id, seat) });
    },
    async notes(id, asked) {
      const { lab, seat } = await find(id, asked);
      return inLayout('notes', { title: lab.title, lab, seat, deck: await content.deck(lab.id, seat) });
    },
  };
}

function workshopPages(
  content: ClassroomContent,
  inLayout: Fill,
  text: Texts,
): Pick<Pages, 'home' | 'sheet' | 'sheetText' | 'seat'> {
  const workshop = (): WorkshopContent => {
    if (content.workshop) return content.workshop;
    throw new NotFound(text['message']?.['noWorkshop']);
  };
  return {
    async home() {
      if (!content.workshop)
        return inLayout('decks', {
          labs: await content.labs(),
          seat: chooseSeat(content, undefined),
          seats: content.seats,
        });
      const { domain, ringHtml, seatEntries, results, ssh } = content.workshop;
      const [labs, seats, ring] = await Promise.all([content.labs(), seatEntries(), ringHtml()]);
      const states = await Promise.all(seats.map(async (seat) => ({ seat: seat.id, results: await results(seat.id) })));
      return inLayout('home', { domain, labs, seats, ring, states, ssh });
    },
    async sheet(id, asked) {
      const [lab, seat] = [await findLab(content, id), chooseSeat(content, asked)];
      const onHost = (host: string): string => say(text['sheet']?.['onHost'] ?? '', { host, seat });
      const sheet = renderSheetHtml(await workshop().sheet(lab.id, seat), onHost);
      const labs = await content.labs();
      const place = labs.findIndex((each) => each.id === lab.id);
      const beside = { before: labs[place - 1], after: labs[place + 1] };
      return inLayout('sheet', { title: sheet.title || lab.title, lab, seat, seats: content.seats, sheet, ...beside });
    },
    async sheetText(id, asked) {
      return workshop().sheet((await findLab(content, id)).id, chooseSeat(content, asked));
    },
    async seat(asked) {
      const id = chooseSeat(content, asked);
      const seat = (await workshop().seatEntries(id)).find((each) => each.id === id);
      const [labs, results] = [await content.labs(), await workshop().results(id)];
      return inLayout('seat', { title: id, seat, labs, results, ssh: workshop().ssh });
    },
  };
}

function messagePages(inLayout: Fill, text: Texts): Pick<Pages, 'notFound' | 'misdirected' | 'failed'> {
  const page = (key: string, what: string): string =>
    inLayout('message', { title: text['message']?.[key], head: text['message']?.[key], what });
  return {
    notFound: (what) => page('notFound', what),
    misdirected: () => page('misdirected', text['message']?.['misdirectedCure'] ?? ''),
    failed: (what) => page('failed', what),
  };
}

async function findLab(content: ClassroomContent, id: string): Promise<LabEntry> {
  const labs = await content.labs();
  const lab = labs.find((each) => each.id === id);
  if (!lab) throw new NotFound(`no lab "${id}": there are ${labs.map((each) => each.id).join(', ')}`);
  return lab;
}

function chooseSeat(content: ClassroomContent, asked: string | undefined): string {
  const seat = asked ?? content.seats[0] ?? '';
  if (!content.seats.includes(seat))
    throw new NotFound(`no seat "${seat}": this workshop has ${content.seats.join(' ')}`);
  return seat;
}

async function compileTemplate(name: TemplateName): Promise<Template> {
  const file = path.join(import.meta.dirname, 'pages', `${name}.ejs`);
  return ejs.compile(await readFile(file, 'utf8'), { filename: file });
}

async function loadTexts(language: string): Promise<Texts> {
  const file = path.join(import.meta.dirname, `${language}.yaml`);
  return z.record(z.string(), z.record(z.string(), z.string())).parse(parse(await readFile(file, 'utf8')));
}

/** Fills `{name}`. */
function say(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

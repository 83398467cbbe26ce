/**
 * content-checks - header_checks, mime_header_checks, nested_header_checks and body_checks: a rule's action for each header field and body line (header_checks(5)).
 *
 * Every field is looked at as one logical line with its folds (up to header_size_limit), every body line as it stands, undecoded, up to body_checks_size_limit in each part. The
 * first matching rule decides for that line. What no rule changes stays as it is, byte for byte.
 */
import { reply, type Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { LookupTable } from '../config/tables/table.ts';
import type { MessageActions } from '../message.ts';
import { mergeActions } from '../decision.ts';
import { mimeLines, type CheckedLine } from './mime-lines.ts';

type Kind = 'header' | 'body';
/** The parameters that name the tables, by what they are asked about. */
const parameters = {
  header: 'header_checks',
  mime: 'mime_header_checks',
  nested: 'nested_header_checks',
  body: 'body_checks',
} as const;
type Section = keyof typeof parameters;

/** A rule that matched, for the log. */
export interface CheckHit {
  readonly action: string;
  readonly kind: Kind;
  readonly line: string;
  readonly text: string;
}

/** What the log gets, in order. */
export type CheckRemark = CheckHit | { readonly warning: string };

export type CheckedContent =
  | { readonly kind: 'passed'; readonly content: Buffer; readonly actions: MessageActions }
  | { readonly kind: 'rejected'; readonly reply: Reply; readonly reason: string }
  | { readonly kind: 'failed'; readonly map: string; readonly reasons: readonly string[] };

/** Looks at the whole message; `remark` is called for each rule that matched, `passed` for each line after that. */
export async function checkContent(
  config: PostfixConfig,
  content: Buffer,
  remark: (remark: CheckRemark) => void,
  passed: (line: CheckedLine) => void,
): Promise<CheckedContent> {
  const tables: Record<Section, readonly LookupTable[]> = {
    header: await config.maps(parameters.header),
    mime: await config.maps(parameters.mime),
    nested: await config.maps(parameters.nested),
    body: await config.maps(parameters.body),
  };
  if (Object.values(tables).every((each) => each.length === 0)) return { kind: 'passed', content, actions: {} };
  const run = new Checking(tables, remark);
  const bodyLimit = config.integer('body_checks_size_limit');
  const headerLimit = config.integer('header_size_limit');
  let bodyBytes = 0;
  for (const line of mimeLines(content.toString('latin1'), config.integer('mime_nesting_limit'))) {
    if (line.kind === 'body') bodyBytes = line.isStart ? 0 : bodyBytes;
    const isLooked = line.kind !== 'separator' && (line.kind !== 'body' || bodyBytes < bodyLimit);
    if (line.kind === 'body') bodyBytes += line.raw.length;
    if (run.isOver || !isLooked) run.keep(line.raw);
    else await run.look(line, headerLimit);
    if (run.failed) return { kind: 'failed', ...run.failed };
    if (run.rejected || run.actions.discard) break;
    passed(line);
  }
  if (run.rejected) return { kind: 'rejected', ...run.rejected };
  return {
    kind: 'passed',
    content: run.changed ? Buffer.from(run.output.join(''), 'latin1') : content,
    actions: run.actions,
  };
}

class Checking {
  readonly output: string[] = [];
  actions: MessageActions = {};
  rejected: { reply: Reply; reason: string } | undefined;
  failed: { map: string; reasons: readonly string[] } | undefined;
  changed = false;
  readonly #tables: Record<Section, readonly LookupTable[]>;
  readonly #remark: (remark: CheckRemark) => void;
  #passed = false;

  constructor(tables: Record<Section, readonly LookupTable[]>, remark: (remark: CheckRemark) => void) {
    this.#tables = tables;
    this.#remark = remark;
  }

  /** Nothing that comes now is looked at: REJECT, DISCARD or PASS. */
  get isOver(): boolean {
    return this.#passed || this.rejected !== undefined || this.actions.discard === true;
  }

  keep(raw: string): void {
    this.output.push(raw);
  }

  async look(line: Exclude<CheckedLine, { kind: 'separator' }>, headerLimit: number): Promise<void> {
    const text = line.kind === 'body' ? line.text : line.text.slice(0, headerLimit);
    const found = text === '' ? undefined : await this.#find(line.kind, text);
    if (found === undefined) return this.keep(line.raw);
    const replacement = this.#apply(found, line.kind === 'body' ? 'body' : 'header', text, parameters[line.kind]);
    if (replacement === undefined) return this.keep(line.raw);
    this.changed = true;
    this.output.push(replacement.replace('\0', () => line.raw));
  }

  async #find(section: Section, text: string): Promise<string | undefined> {
    for (const table of this.#tables[section]) {
      const result = await table.lookup(text);
      if (result.kind === 'error')
        this.#fail(section, [result.reason, `${table.name} lookup error for "${masked(text)}"`]);
      if (result.kind === 'error') return undefined;
      if (result.kind === 'found' && result.value === '') {
        const map = parameters[section];
        this.#fail(section, [
          `${map} lookup of ${masked(text)} returns an empty string result`,
          `${map} should return NO RESULT in case of NOT FOUND`,
        ]);
        return undefined;
      }
      if (result.kind === 'found') return result.value;
    }
    return undefined;
  }

  #fail(section: Section, reasons: readonly string[]): void {
    this.failed = { map: parameters[section], reasons };
  }

  /** What stands in place of the line, `\0` being the line itself; undefined when it stays. */
  #apply(action: string, kind: Kind, line: string, map: string): string | undefined {
    const [, word = '', text = ''] = /^(\S+)\s*(.*)$/s.exec(action) ?? [];
    const name = word.toUpperCase();
    const hit = (shown = text): void => this.#remark({ action: name.toLowerCase(), kind, line, text: shown });
    const act = (actions: MessageActions, isWellFormed: boolean, fault: string): undefined => {
      if (!isWellFormed) return void this.#remark({ warning: `bad ${name} ${fault}` });
      hit();
      this.actions = mergeActions(this.actions, actions);
    };
    switch (name) {
      case 'DUNNO':
      case 'OK':
        return undefined;
      case 'PASS':
        hit();
        this.#passed = true;
        return undefined;
      case 'WARN':
        return void this.#remark({ action: 'warning', kind, line, text });
      case 'INFO':
        return void hit();
      case 'REJECT':
        hit(rejectText(text));
        this.rejected = { reply: reply(`550 ${rejectText(text)}`), reason: `${map}: ${line.slice(0, 100)}` };
        return undefined;
      case 'HOLD':
        return act({ hold: true }, true, '');
      case 'DISCARD':
        return act({ discard: true }, true, '');
      case 'FILTER':
        return act(
          { filter: text },
          /^[^\s:]+:./.test(text),
          `command ${text} in ${map} -- need transport:destination`,
        );
      case 'REDIRECT':
        return act({ redirect: text }, /^\S+@\S+$/.test(text), `target "${text}" in ${map} map -- need user@domain`);
      case 'BCC':
        return act({ bcc: [text] }, /^\S+@\S+$/.test(text), `address "${text}" in ${map} map -- need user@domain`);
      case 'STRIP':
        hit();
        return '';
      case 'IGNORE':
        return '';
      case 'PREPEND':
        hit();
        return `${text}\n\0`;
      case 'REPLACE':
        hit();
        return `${text}\n`;
      default:
        return void this.#remark({ warning: `unknown command in ${map} map: ${action}` });
    }
  }
}

/** As a log line shows it. */
function masked(text: string): string {
  return text.replace(/[\n\t\0]/g, '?');
}

/** `5.7.1 text`; the text may bring its own status. */
function rejectText(text: string): string {
  return /^[45]\.\d+\.\d+ /.test(text) ? text : `5.7.1 ${text === '' ? 'message content rejected' : text}`;
}

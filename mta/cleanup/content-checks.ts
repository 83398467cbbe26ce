/**
 * content-checks - header_checks and body_checks: a rule's action for each header field and body line (header_checks(5)).
 *
 * Every field is looked at as one logical line with its folds, every body line as it stands, undecoded, up to body_checks_size_limit. The first matching rule decides for that line.
 *
 * Limits: the fields of MIME parts are looked at as body lines only.
 */
import { formatField, readHeaders, type HeaderField } from '#mail/header.ts';
import { reply, type Reply } from '#mail/reply.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { LookupTable } from '../config/tables/table.ts';
import type { MessageActions } from '../message.ts';
import { mergeActions } from '../decision.ts';

/** A rule that matched, for the log. */
export interface CheckHit {
  readonly action: string;
  readonly kind: 'header' | 'body';
  readonly line: string;
  readonly text: string;
}

export type CheckedContent =
  | {
      readonly kind: 'passed';
      readonly content: Buffer;
      readonly actions: MessageActions;
      readonly hits: readonly CheckHit[];
    }
  | { readonly kind: 'rejected'; readonly reply: Reply; readonly reason: string; readonly hits: readonly CheckHit[] }
  | { readonly kind: 'failed'; readonly map: string };

/** Looks at the whole message (headers first). */
export async function checkContent(config: PostfixConfig, content: Buffer): Promise<CheckedContent> {
  const run = new Checking();
  const headerTables = await config.maps('header_checks');
  const bodyTables = await config.maps('body_checks');
  if (headerTables.length === 0 && bodyTables.length === 0) return { kind: 'passed', content, actions: {}, hits: [] };
  const { fields, bodyStart } = readHeaders(content);
  const failedAt = (await run.headers(headerTables, fields)) ? undefined : 'header_checks';
  const body = content.subarray(bodyStart);
  const limit = config.integer('body_checks_size_limit');
  const bodyFailed =
    bodyTables.length > 0 && !run.rejected && !(await run.body(bodyTables, body.toString('latin1', 0, limit)));
  if (failedAt !== undefined || bodyFailed) return { kind: 'failed', map: failedAt ?? 'body_checks' };
  if (run.rejected) return { kind: 'rejected', ...run.rejected, hits: run.hits };
  const headers =
    headerTables.length > 0 && run.changed
      ? Buffer.from(`${run.headerLines.join('')}\n`, 'latin1')
      : content.subarray(0, bodyStart);
  const checkedBody =
    bodyTables.length > 0 && run.changed
      ? Buffer.concat([Buffer.from(run.bodyLines.join('\n'), 'latin1'), body.subarray(limit)])
      : body;
  return { kind: 'passed', content: Buffer.concat([headers, checkedBody]), actions: run.actions, hits: run.hits };
}

class Checking {
  readonly hits: CheckHit[] = [];
  readonly headerLines: string[] = [];
  readonly bodyLines: string[] = [];
  actions: MessageActions = {};
  rejected: { reply: Reply; reason: string } | undefined;
  changed = false;

  /** False when a table cannot be read. */
  async headers(tables: readonly LookupTable[], fields: readonly HeaderField[]): Promise<boolean> {
    for (const field of fields) {
      const action = await find(tables, `${field.name}: ${field.value}`);
      if (action === 'failed') return false;
      this.headerLines.push(...this.#apply(action, 'header', `${field.name}: ${field.value}`, formatField(field)));
    }
    return true;
  }

  async body(tables: readonly LookupTable[], text: string): Promise<boolean> {
    for (const line of text.split('\n')) {
      const action = line === '' ? undefined : await find(tables, line);
      if (action === 'failed') return false;
      this.bodyLines.push(...this.#apply(action, 'body', line, line));
    }
    return true;
  }

  /** What stands in place of the line. */
  #apply(action: string | undefined, kind: 'header' | 'body', line: string, kept: string): string[] {
    if (action === undefined) return [kept];
    const [, word = '', text = ''] = /^(\S+)\s*(.*)$/s.exec(action) ?? [];
    const ending = kind === 'header' ? '\n' : '';
    const name = word.toUpperCase();
    if (name === 'DUNNO' || name === 'OK') return [kept];
    this.hits.push({
      action: name === 'WARN' ? 'warning' : name.toLowerCase(),
      kind,
      line,
      text: name === 'REJECT' ? rejectText(text).logged : text,
    });
    const remember = (actions: MessageActions): string[] => {
      this.actions = mergeActions(this.actions, actions);
      return [kept];
    };
    switch (name) {
      case 'REJECT':
        this.rejected ??= {
          reply: reply(`550 ${rejectText(text).logged}`),
          reason: `${kind}_checks: ${line.slice(0, 100)}`,
        };
        return [kept];
      case 'HOLD':
        return remember({ hold: true });
      case 'DISCARD':
        return remember({ discard: true });
      case 'FILTER':
        return remember({ filter: text });
      case 'REDIRECT':
        return remember({ redirect: text });
      case 'BCC':
        return remember({ bcc: [text] });
      case 'IGNORE':
      case 'STRIP':
        this.changed = true;
        return [];
      case 'PREPEND':
        this.changed = true;
        return [`${text}${ending}`, kept];
      case 'REPLACE':
        this.changed = true;
        return [`${text}${ending}`];
      case 'WARN':
      case 'INFO':
      case 'PASS':
      default: // the log line is all
        return [kept];
    }
  }
}

/** `5.7.1 text`; the text may bring its own status. */
function rejectText(text: string): { logged: string } {
  return { logged: /^[45]\.\d+\.\d+ /.test(text) ? text : `5.7.1 ${text === '' ? 'message content rejected' : text}` };
}

async function find(tables: readonly LookupTable[], line: string): Promise<string | undefined> {
  for (const table of tables) {
    const result = await table.lookup(line);
    if (result.kind === 'error') return 'failed';
    if (result.kind === 'found') return result.value;
  }
  return undefined;
}

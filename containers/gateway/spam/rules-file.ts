/**
 * rules-file - the SpamAssassin rule language, a small part of it: header, body, rawbody, full, uri, meta, score, describe (Mail::SpamAssassin::Conf).
 *
 * Faults are reported as `spamassassin --lint` does, with a cure, and leave the other rules in force.
 *
 * Limits: patterns are JavaScript's regular expressions; of eval tests none; settings other than required_score are read over.
 */
import { isMeta } from './meta.ts';

export interface SpamRule {
  readonly name: string;
  readonly kind: 'header' | 'body' | 'rawbody' | 'full' | 'uri' | 'meta';
  /** Header name for `header` rules; `exists:` asks for presence. */
  readonly header: string;
  readonly pattern: RegExp | undefined;
  readonly negated: boolean;
  /** Expression of a meta rule. */
  readonly expression: string;
}

export interface SpamRules {
  readonly rules: readonly SpamRule[];
  readonly scores: ReadonlyMap<string, number>;
  readonly descriptions: ReadonlyMap<string, string>;
}

export interface RuleFault {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly cure: string;
}

/** Reads several files, later ones on top. */
export function parseSpamRules(sources: readonly { file: string; text: string }[]): {
  rules: SpamRules;
  faults: readonly RuleFault[];
} {
  const rules = new Map<string, SpamRule>();
  const scores = new Map<string, number>();
  const descriptions = new Map<string, string>();
  const faults: RuleFault[] = [];
  for (const { file, text } of sources) {
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.replace(/(^|\s)#.*$/, '').trim();
      if (line === '') continue;
      const cure = readLine(line, rules, scores, descriptions);
      if (cure !== undefined)
        faults.push({
          file,
          line: index + 1,
          text: `config: failed to parse line in ${file} (line ${index + 1}): ${line}`,
          cure,
        });
    }
  }
  return { rules: { rules: [...rules.values()], scores, descriptions }, faults };
}

/** Settings that are read over. */
const settings =
  /^(required_score|rewrite_header|report_safe|add_header|remove_header|clear_headers|use_bayes|bayes_\w+|trusted_networks|internal_networks|skip_rbl_checks|dns_available|tflags|priority|lang|loadplugin|envelope_sender_header|whitelist_from|welcomelist_from|blacklist_from|blocklist_from|ok_locales|normalize_charset|lock_method|report|clear_report_template|unsafe_report|score_set)\b/;

function readLine(
  line: string,
  rules: Map<string, SpamRule>,
  scores: Map<string, number>,
  descriptions: Map<string, string>,
): string | undefined {
  const [, keyword = '', name = '', rest = ''] = /^(\S+)\s*(\S*)\s*(.*)$/s.exec(line) ?? [];
  switch (keyword) {
    case 'score': {
      const score = Number(rest.replace(/[()]/g, '').split(/\s+/).at(-1));
      if (Number.isNaN(score) || rest === '') return 'write: score NAME number';
      scores.set(name, score);
      return undefined;
    }
    case 'describe':
      descriptions.set(name, rest);
      return undefined;
    case 'meta':
      if (!isMeta(rest)) return 'a meta rule joins rule names with && || ! ( ), and counts them with + - * < > =';
      rules.set(name, { name, kind: 'meta', header: '', pattern: undefined, negated: false, expression: rest });
      return undefined;
    case 'header':
      return readHeaderRule(name, rest, rules);
    case 'body':
    case 'rawbody':
    case 'full':
    case 'uri': {
      const pattern = readPattern(rest);
      if (!pattern) return `write: ${keyword} ${name || 'NAME'} /pattern/`;
      rules.set(name, { name, kind: keyword, header: '', pattern, negated: false, expression: '' });
      return undefined;
    }
    default:
      return settings.test(line) ? undefined : `"${keyword}" is no keyword known here`;
  }
}

function readHeaderRule(name: string, rest: string, rules: Map<string, SpamRule>): string | undefined {
  const exists = /^exists:(\S+)$/.exec(rest)?.[1];
  if (exists !== undefined) {
    rules.set(name, { name, kind: 'header', header: exists, pattern: undefined, negated: false, expression: '' });
    return undefined;
  }
  const [, header = '', operator, text = ''] = /^(\S+)\s*(=~|!~)\s*(.*)$/s.exec(rest) ?? [];
  const pattern = operator === undefined ? undefined : readPattern(text);
  if (!pattern) return `write: header ${name || 'NAME'} Subject =~ /pattern/`;
  rules.set(name, { name, kind: 'header', header, pattern, negated: operator === '!~', expression: '' });
  return undefined;
}

/** `/pattern/i` or `m{pattern}x`. */
function readPattern(text: string): RegExp | undefined {
  const match =
    /^\/((?:\\.|[^/\\])*)\/([a-z]*)$/s.exec(text.trim()) ??
    /^m([{!|,])(.*)[}!|,]([a-z]*)$/s.exec(text.trim())?.slice(1);
  if (!match) return undefined;
  try {
    return new RegExp(match[1] ?? '', (match[2] ?? '').replace(/[^ims]/g, ''));
  } catch {
    return undefined;
  }
}

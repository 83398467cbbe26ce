/**
 * built-in - a spam engine that scores as SpamAssassin does: rules, scores, a sum.
 *
 * Body rules see the decoded text with the subject as its first paragraph, HTML tags removed; rawbody the decoded text; full the message as it came. A rule counts once.
 *
 * All patterns of a message run in one bounded piece of work; when it does not end, the answer is "failed" and names the rule.
 *
 * Limits: no Bayes, no network tests, no learning.
 */
import { runBounded } from '#util/bounded-work.ts';
import { fieldValues } from '#mail/header.ts';
import { decodeBody, leafParts } from '#mail/mime.ts';
import type { ScannedMessage, SpamAnswer, SpamEngine, SpamHit } from '../scan/engines.ts';
import { evaluateMeta } from './meta.ts';
import type { SpamRule, SpamRules } from './rules-file.ts';

const mostTextBytes = 500_000;

/** `longestMs`: what one message may take. */
export function createBuiltInSpamEngine(rules: SpamRules, longestMs: number): SpamEngine {
  return {
    check: (message) => {
      let now = '';
      const outcome = runBounded(longestMs, () => check(rules, message, (rule) => (now = rule)));
      return Promise.resolve(
        outcome.kind === 'done'
          ? outcome.value
          : {
              kind: 'failed',
              reason: `SpamAssassin timed out and was killed: rule ${now} takes too long (cure: no repetition inside a repetition in its pattern)`,
            },
      );
    },
  };
}

interface Texts {
  readonly body: string;
  readonly raw: string;
  readonly full: string;
  readonly uris: readonly string[];
}

function check(rules: SpamRules, message: ScannedMessage, begin: (rule: string) => void): SpamAnswer {
  const texts = readTexts(message);
  const matched = new Set<string>();
  for (const rule of rules.rules) {
    begin(rule.name);
    if (rule.kind !== 'meta' && matches(rule, message, texts)) matched.add(rule.name);
  }
  for (const rule of rules.rules)
    if (rule.kind === 'meta' && evaluateMeta(rule.expression, matched)) matched.add(rule.name);
  const hits: SpamHit[] = [...matched]
    .filter((name) => !name.startsWith('__'))
    .map((rule) => ({
      rule,
      score: rules.scores.get(rule) ?? (rule.startsWith('T_') ? 0.01 : 1),
      description: rules.descriptions.get(rule) ?? '',
    }))
    .filter((hit) => hit.score !== 0)
    .sort((first, second) => second.score - first.score);
  const score = Math.round(hits.reduce((sum, hit) => sum + hit.score, 0) * 1000) / 1000;
  return {
    kind: 'scored',
    score,
    hits,
    report: hits.map((hit) => `${String(hit.score).padStart(4)} ${hit.rule.padEnd(22)} ${hit.description}`).join('\n'),
  };
}

function readTexts(message: ScannedMessage): Texts {
  const parts = leafParts(message.mime).filter((part) => part.contentType.startsWith('text/'));
  const raw = parts
    .map((part) => decodeBody(message.content, part).toString('utf8'))
    .join('\n')
    .slice(0, mostTextBytes);
  const subject = fieldValues(message.mime.headers, 'Subject')[0] ?? '';
  const plain = raw.replace(/<[^>]{0,2000}>/g, ' ');
  return {
    raw,
    body: [subject, ...plain.split(/\n\s*\n/)].map((paragraph) => paragraph.replace(/\s+/g, ' ').trim()).join('\n'),
    full: message.content.toString('latin1', 0, mostTextBytes),
    uris: raw.match(/\bhttps?:\/\/[^\s"'<>]{1,2000}/gi) ?? [],
  };
}

function matches(rule: SpamRule, message: ScannedMessage, texts: Texts): boolean {
  const { pattern } = rule;
  switch (rule.kind) {
    case 'header': {
      const values =
        rule.header === 'ALL'
          ? message.mime.headers.map((field) => `${field.name}: ${field.value}`)
          : headerValues(rule.header, message);
      if (!pattern) return values.length > 0;
      return values.some((value) => pattern.test(value)) !== rule.negated;
    }
    case 'body':
      return pattern?.test(texts.body) ?? false;
    case 'rawbody':
      return pattern?.test(texts.raw) ?? false;
    case 'full':
      return pattern?.test(texts.full) ?? false;
    case 'uri':
      return texts.uris.some((uri) => pattern?.test(uri));
    case 'meta':
      return false;
  }
}

function headerValues(name: string, message: ScannedMessage): string[] {
  if (name === 'EnvelopeFrom') return [message.reversePath];
  if (name === 'ToCc') return ['To', 'Cc'].flatMap((each) => fieldValues(message.mime.headers, each));
  return fieldValues(message.mime.headers, name.replace(/:\w+$/, ''));
}

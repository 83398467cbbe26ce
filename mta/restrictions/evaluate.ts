/**
 * evaluate - a restriction list from left to right (SMTPD_ACCESS_README, "restriction lists").
 */
import { formatReply, type Reply } from '#mail/reply.ts';
import { mergeActions, rejectWith, type Decision } from '../decision.ts';
import { splitList } from '../config/typed-values.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import type { MessageActions } from '../message.ts';
import { configurationError } from './refusal.ts';
import { restrictions, restrictionsWithArgument } from './registry.ts';
import type { RestrictionContext, RestrictionResult } from './restriction.ts';

/** A deferral that counts if all lists of the same recipient would permit. */
export interface Pending {
  deferIfPermit: { reply: Reply; reason: string } | undefined;
}

/** How deep classes and tables may lead to other lists. */
const deepest = 10;

/** Evaluates the list that the parameter `name` holds. */
export async function evaluateList(context: RestrictionContext, name: string, pending: Pending): Promise<Decision> {
  const run = new ListRun(context, pending);
  const result = await run.words(context.config.list(name));
  return result.kind === 'reject' ? run.refusal(result) : { kind: 'permit', actions: run.actions };
}

class ListRun {
  actions: MessageActions = {};
  readonly #context: RestrictionContext;
  readonly #pending: Pending;
  /** Counts for this list only. */
  #deferIfReject: { reply: Reply; reason: string } | undefined;

  constructor(context: RestrictionContext, pending: Pending) {
    this.#context = context;
    this.#pending = pending;
  }

  refusal(result: { reply: Reply; reason: string }): Decision {
    const later = this.#deferIfReject;
    return later && result.reply.code >= 500
      ? rejectWith(later.reply, later.reason)
      : rejectWith(result.reply, result.reason);
  }

  async words(words: readonly string[], depth = 0): Promise<RestrictionResult> {
    let warnOnly = false;
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? '';
      if (/^warn_if_reject$/i.test(word)) {
        warnOnly = true;
        continue;
      }
      // Without a word after it, the restriction itself is taken for the argument, and found wanting.
      const takesArgument = restrictionsWithArgument.has(word.toLowerCase());
      const result = await this.#one(word, takesArgument ? (words[++index] ?? word) : '', depth);
      const final = this.#note(result, warnOnly);
      if (final) return final;
      // Whatever comes now, the answer is a deferral.
      if (this.#pending.deferIfPermit && this.#deferIfReject) break;
      warnOnly = false;
    }
    return { kind: 'dunno' };
  }

  async #one(word: string, argument: string, depth: number): Promise<RestrictionResult> {
    const name = word.toLowerCase();
    const restriction = restrictions.get(name) ?? restrictionsWithArgument.get(name);
    if (restriction) return this.#nested(await restriction(this.#context, argument), depth);
    // A class of restrictions (postconf: smtpd_restriction_classes), or a bare table, which means the list's own access check.
    if (depth < deepest && this.#context.config.list('smtpd_restriction_classes').includes(word))
      return this.words(this.#context.config.list(word), depth + 1);
    if (/^[a-z]+:/.test(word)) return this.#one(`check_${this.#context.list}_access`, word, depth + 1);
    this.#context.warn(smtpdLines.unknownRestriction(word));
    return configurationError(`unknown restriction "${word}"`);
  }

  /** A table may answer with restrictions (access(5)): they are asked in its place. */
  #nested(result: RestrictionResult, depth: number): RestrictionResult | Promise<RestrictionResult> {
    if (result.kind !== 'restrictions') return result;
    return depth < deepest
      ? this.words(splitList(result.text), depth + 1)
      : configurationError('access tables lead in a circle');
  }

  /** Takes a result in; gives it back when it ends the list. */
  #note(result: RestrictionResult, warnOnly: boolean): RestrictionResult | undefined {
    switch (result.kind) {
      case 'dunno':
        return undefined;
      case 'permit':
        return result;
      case 'reject':
        // A fault of our own is no policy that could be tried out first.
        if (!warnOnly || result.isFault) return result;
        this.#context.remark('reject_warning', formatReply(result.reply).join(' '));
        return undefined;
      case 'defer-if-permit':
        this.#pending.deferIfPermit ??= result;
        return undefined;
      case 'defer-if-reject':
        this.#deferIfReject ??= result;
        return undefined;
      case 'action':
        this.actions = mergeActions(this.actions, result.actions);
        if (result.log) this.#context.remark(result.log.word, result.log.text);
        return undefined;
      case 'restrictions':
        return undefined;
    }
  }
}

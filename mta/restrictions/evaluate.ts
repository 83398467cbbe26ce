/**
 * evaluate - a restriction list from left to right (SMTPD_ACCESS_README, "restriction lists").
 */
import { formatReply, reply, type Reply } from '#mail/reply.ts';
import { mergeActions, rejectWith, type Decision } from '../decision.ts';
import { smtpdLines } from '../log/smtpd-lines.ts';
import type { MessageActions } from '../message.ts';
import { restrictions, restrictionsWithArgument } from './registry.ts';
import type { RestrictionContext, RestrictionResult } from './restriction.ts';

/** What a list came to, with everything that was to be remembered on the way. */
export interface ListOutcome {
  readonly decision: Decision;
  /** Log lines of actions and of warn_if_reject, in order: word and text. */
  readonly remarks: readonly { readonly word: string; readonly text: string }[];
}

/** Deferrals that other lists of the same recipient may still turn into a refusal. */
export interface Pending {
  deferIfPermit: { reply: Reply; reason: string } | undefined;
  deferIfReject: { reply: Reply; reason: string } | undefined;
}

/** Evaluates the list that the parameter `name` holds. */
export async function evaluateList(context: RestrictionContext, name: string, pending: Pending): Promise<ListOutcome> {
  const run = new ListRun(context, pending);
  const result = await run.words(context.config.list(name));
  return {
    decision: result.kind === 'reject' ? run.refusal(result) : { kind: 'permit', actions: run.actions },
    remarks: run.remarks,
  };
}

class ListRun {
  actions: MessageActions = {};
  readonly remarks: { word: string; text: string }[] = [];
  readonly #context: RestrictionContext;
  readonly #pending: Pending;

  constructor(context: RestrictionContext, pending: Pending) {
    this.#context = context;
    this.#pending = pending;
  }

  refusal(result: { reply: Reply; reason: string }): Decision {
    const later = this.#pending.deferIfReject;
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
      const takesArgument = restrictionsWithArgument.has(word.toLowerCase());
      const result = await this.#one(word, takesArgument ? (words[++index] ?? '') : '', depth);
      const final = this.#note(result, warnOnly);
      if (final) return final;
      warnOnly = false;
    }
    return { kind: 'dunno' };
  }

  async #one(word: string, argument: string, depth: number): Promise<RestrictionResult> {
    const name = word.toLowerCase();
    const restriction = restrictions.get(name) ?? restrictionsWithArgument.get(name);
    if (restriction) return restriction(this.#context, argument);
    if (name === 'defer_if_permit' || name === 'defer_if_reject')
      return {
        kind: name === 'defer_if_permit' ? 'defer-if-permit' : 'defer-if-reject',
        reply: reply(`450 4.7.0 ${name} requested`),
        reason: `${name} requested`,
      };
    // A class of restrictions (postconf: smtpd_restriction_classes), or a bare table, which means the list's own access check.
    if (depth < 10 && this.#context.config.list('smtpd_restriction_classes').includes(word))
      return this.words(this.#context.config.list(word), depth + 1);
    if (/^[a-z]+:/.test(word)) return this.#one(`check_${this.#context.list}_access`, word, depth + 1);
    this.#context.warn(smtpdLines.unknownRestriction(word));
    return {
      kind: 'reject',
      reply: reply('451 4.3.5 Server configuration error'),
      reason: `unknown restriction "${word}"`,
    };
  }

  /** Takes a result in; gives it back when it ends the list. */
  #note(result: RestrictionResult, warnOnly: boolean): RestrictionResult | undefined {
    switch (result.kind) {
      case 'dunno':
        return undefined;
      case 'permit':
        return result;
      case 'reject':
        if (!warnOnly) return result;
        this.remarks.push({ word: 'reject_warning', text: formatReply(result.reply).join(' ') });
        return undefined;
      case 'defer-if-permit':
        this.#pending.deferIfPermit ??= result;
        return undefined;
      case 'defer-if-reject':
        this.#pending.deferIfReject ??= result;
        return undefined;
      case 'action':
        this.actions = mergeActions(this.actions, result.actions);
        this.remarks.push(result.log);
        return undefined;
    }
  }
}

/**
 * lab - what a lab declares: steps, checks, points, hints. Types and `defineLab`, which refuses an inconsistent one.
 *
 * A check asks one question. It never decides points (the rubric does), never prints (texts lie in the lab's `en/text.yaml`) and never trusts the student's
 * host: it looks from outside, and what it reads there is evidence, not truth.
 */
import type { HostName, OutOfReach, Seat } from '#range';
import type { CheckContext } from './context.ts';

/** What a check is about; a subject that is down passes none of its checks. */
export type Subject = 'gateway' | 'mailbox' | 'dns' | 'neighbour';

/**
 * Seven outcomes. pass: holds. fail: the evidence contradicts. warning: holds, with something to improve. not-run: a needed check did not
 * pass. waiting: on the named neighbour. inconclusive: the control did not pass. error: we could not look (never for or against).
 */
export type VerdictKind = 'pass' | 'fail' | 'warning' | 'not-run' | 'waiting' | 'inconclusive' | 'error';

/** A neighbour's host that a check's mail must pass: the mailbox host behind our gateway, or the gateway before our mailbox host. */
export type Through = 'filtered-mailbox' | 'filtering-gateway';

export type Fault = 'self' | `neighbour:${string}` | 'class-service' | 'grader' | 'none';

/** What a check's run came to, in terms of the check alone; run.ts adds control, needs and faults of others. */
export type Finding =
  | { readonly kind: 'pass'; readonly tag: string; readonly args?: TagArguments }
  | {
      readonly kind: 'fail';
      readonly tag: string;
      readonly args?: TagArguments;
      readonly expected: string;
      readonly actual: string;
    }
  | {
      readonly kind: 'warning';
      readonly tag: string;
      readonly args?: TagArguments;
      readonly expected: string;
      readonly actual: string;
    }
  /** Nothing can be said: the host treats us in a way that proves neither. */
  | {
      readonly kind: 'inconclusive';
      readonly tag: string;
      readonly args?: TagArguments;
      readonly expected: string;
      readonly actual: string;
    }
  /** What the question needs is not in reach (a host that is not ours). */
  | { readonly kind: 'not-run'; readonly tag: string; readonly reason: OutOfReach }
  /** A neighbour's host is in the way; not the student's fault. */
  | { readonly kind: 'waiting'; readonly tag: string; readonly neighbour: string; readonly args?: TagArguments }
  /** A lab service or the grader failed. */
  | {
      readonly kind: 'error';
      readonly tag: string;
      readonly fault: 'class-service' | 'grader';
      readonly reason: string;
    };

/** Values for the placeholders in a tag's texts. Untrusted text allowed: reports escape it. */
export type TagArguments = Readonly<Record<string, string | number>>;

/**
 * How the question is put to a host that is not ours (`grade --target`), where one speaks SMTP from an address that the host does not know.
 *
 * smtp, dns, mailbox: what is seen on the wire (in the zone, in the user's mailbox) answers it. delivery: the mailbox answers it, and without a look
 * into it a refusal can be seen. refusal: only a refusal can be seen, since what is taken would have to be followed; such a
 * check can fail there, but not pass. rejection: the reverse, refusing in the session is right. nothing: it cannot be asked.
 */
export type OutsideLook =
  | {
      readonly by: 'smtp' | 'dns' | 'mailbox' | 'delivery' | 'refusal' | 'rejection';
      /** In the place of the check's own needs and control. */
      readonly needs?: readonly string[];
      /** Only where an address of the domain is known that the host relays for. */
      readonly wantsRelayUser?: boolean;
      /** Only for a host in that place; default: the check's subject, if that is a host with a mail system. */
      readonly place?: 'gateway' | 'mailbox';
      /** Default: as inside. */
      readonly run?: (context: CheckContext) => Promise<Finding>;
    }
  | { readonly by: 'nothing'; readonly because: OutOfReach };

export interface Check {
  /** Unique in the lab: `relay-refused-for-strangers`. */
  readonly id: string;
  readonly step: string;
  readonly subject: Subject;
  /** `must-refuse` needs a `control`: the benign twin that must pass in the same run. */
  readonly kind: 'must-accept' | 'must-refuse' | 'state';
  readonly control?: string;
  readonly needs?: readonly string[];
  /** Neighbours' hosts on the mail's way: while one of them is silent a fail is `waiting`. */
  readonly through?: readonly Through[];
  readonly level: 'required' | 'warning';
  /** Which clock matters: achieved once (its points stay), holds now, or survives a restart of the seat's hosts as well. */
  readonly persists: 'once' | 'now' | 'survives';
  /** How long the whole check may take, in milliseconds. */
  readonly deadlineMs: number;
  /** Every tag its findings may carry. */
  readonly tags: readonly string[];
  /** Manual reference: `postconf(5) mynetworks`, `RFC 5321 section 4.5.1`. */
  readonly manual: string;
  run(context: CheckContext): Promise<Finding>;
  /** From outside; default: it cannot be asked, since it needs a look inside. */
  readonly outside?: OutsideLook;
}

/** A hint shown while the step is open; `when` limits it to what was observed (a tag of a failed check). */
export interface Hint {
  /** Key below `hints:` in text.yaml. */
  readonly key: string;
  readonly when?: { readonly check: string; readonly tag?: string };
}

export interface Step {
  readonly id: string;
  /** Cheapest first; the last one may give the solution away. */
  readonly hints: readonly Hint[];
}

export interface Lab {
  /** `01-first-mail`, also its folder's name. */
  readonly id: string;
  readonly version: string;
  readonly minutes: number;
  /** Labs whose solution is this one's ground. */
  readonly after: readonly string[];
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
  /** Points per check id. */
  readonly rubric: Readonly<Record<string, number>>;
  /** Values beside the standard ones (see parameters.ts) for sheet, start and solution templates. */
  parameters?(seat: Seat): Readonly<Record<string, string>>;
  /** Services to restart or reload after files were laid on a host. */
  readonly reload: readonly { readonly host: HostName; readonly service: string }[];
  /** What is otherwise on a seat with genuine hosts. */
  readonly genuine?: {
    /** A genuine gateway needs another solution (folder `genuine/`): the services that it concerns. */
    readonly reload?: Lab['reload'];
    /** Cases that it cannot carry, each with the reason. */
    readonly leftOut: Readonly<Record<string, string>>;
  };
}

/** Makes sure that the declaration is consistent. @throws Error naming the lab, the check and the cure. */
export function defineLab(lab: Lab): Lab {
  const problems = [...labProblems(lab)];
  if (problems.length > 0) throw new Error(`lab ${lab.id}: ${problems.join('; ')}`);
  return lab;
}

function* labProblems(lab: Lab): Generator<string> {
  const ids = new Set(lab.checks.map((check) => check.id));
  const steps = new Set(lab.steps.map((step) => step.id));
  if (ids.size !== lab.checks.length) yield 'two checks have the same id';
  for (const check of lab.checks) {
    if (!steps.has(check.step)) yield `check ${check.id} belongs to no step "${check.step}"`;
    if (check.kind === 'must-refuse' && !check.control) yield `check ${check.id} must refuse: name its benign control`;
    for (const other of [...(check.needs ?? []), ...(check.control ? [check.control] : [])])
      if (!ids.has(other)) yield `check ${check.id} refers to "${other}", which is no check`;
    if (lab.rubric[check.id] === undefined) yield `check ${check.id} has no points in the rubric`;
  }
  for (const id of Object.keys(lab.rubric)) if (!ids.has(id)) yield `the rubric names "${id}", which is no check`;
  for (const step of lab.steps) if (step.hints.length === 0) yield `step ${step.id} has no hint`;
}

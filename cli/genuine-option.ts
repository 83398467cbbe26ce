/**
 * genuine-option - `--gateway genuine pc2` and `--mailbox genuine pc2`: which hosts are made of Debian's own programs, for `up` and for exams.
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { HostKind } from '../range/host-kinds.ts';
import type { MailHost } from '../range/world.ts';

/** A kind, and the seats it is for; none: all of them. */
export interface KindWish {
  readonly kind: HostKind;
  readonly seats: readonly string[];
}

export type KindWishes = Partial<Readonly<Record<MailHost, KindWish>>>;

const kinds: readonly HostKind[] = ['own', 'genuine'];

/** Options as `up` has them: a kind and then seats. */
export function addKindOptions(command: Command): Command {
  for (const host of ['gateway', 'mailbox'] as const)
    command.addOption(new Option(`--${host} <kind-and-seats...>`, `genuine or own, then seats`).argParser(collectKind));
  return command;
}

/** Options as an exam has them: the kind of the examined seat's host. */
export function addExamKindOptions(command: Command): Command {
  for (const host of ['gateway', 'mailbox'] as const)
    command.addOption(new Option(`--${host} <kind>`, 'of the examined seat').choices(kinds).default('own'));
  return command;
}

/** Called once for each word. @throws InvalidArgumentError when the first is no kind */
function collectKind(word: string, before: KindWish | undefined): KindWish {
  if (before) return { ...before, seats: [...before.seats, ...word.split(',').filter(Boolean)] };
  const kind = kinds.find((each) => each === word);
  if (!kind) throw new InvalidArgumentError(`it is ${kinds.join(' or ')}, and then come seats: --gateway genuine pc2`);
  return { kind, seats: [] };
}

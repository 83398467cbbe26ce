/**
 * plan - the order of a lab's checks: what a check needs, and its control, come first. Pure.
 */
import type { Check, Lab } from './lab.ts';

/** Checks in an order that honours `needs` and `control`. @throws Error naming the checks of a circle. */
export function planChecks(lab: Lab, step?: string): Check[] {
  const byId = new Map(lab.checks.map((check) => [check.id, check]));
  const planned = new Map<string, Check>();
  const visit = (check: Check, above: readonly string[]): void => {
    if (planned.has(check.id)) return;
    if (above.includes(check.id))
      throw new Error(`lab ${lab.id}: checks need each other in a circle: ${[...above, check.id].join(' -> ')}`);
    for (const id of dependencies(check)) {
      const needed = byId.get(id);
      if (needed) visit(needed, [...above, check.id]);
    }
    planned.set(check.id, check);
  };
  for (const check of lab.checks) if (step === undefined || check.step === step) visit(check, []);
  return [...planned.values()];
}

/** Ids of the checks that must have run before. */
export function dependencies(check: Check): string[] {
  return [...(check.needs ?? []), ...(check.control === undefined ? [] : [check.control])];
}

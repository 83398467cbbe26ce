/**
 * judge - who runs checks: this process, or one that stands inside the lab (main.ts in the classroom's container, where the actors' addresses are).
 *
 * Both are given the same things and give back the same runs; the range stays with the caller, so the judge in the lab holds no key to the engine.
 */
import type { Clock } from '#util/clock.ts';
import type { Peer } from '#util/peer.ts';
import type { Range } from '#range';
import type { Lab } from './lab.ts';
import { runLab, type CheckResult, type LabRun } from './run.ts';
import { runAfterRestart } from './survive.ts';

export interface Judge {
  /** Runs a lab's checks, or one step's. */
  run(lab: Lab, seat: string, step?: string): Promise<LabRun>;
  /** Restarts the seats' hosts and looks again at what must survive it. */
  afterRestart(runs: readonly LabRun[], atOnce: number): Promise<readonly LabRun[]>;
  /** Ends what was started for judging. */
  close(): void;
}

/** The judge in this process: it speaks on the range's own wire. */
export function createLocalJudge(range: Range, clock: Clock): Judge {
  return {
    run: (lab, seat, step) => runLab({ range, lab, seat, clock, ...(step === undefined ? {} : { step }) }),
    afterRestart: (runs, atOnce) => runAfterRestart(runs, { range, clock, atOnce }),
    close: () => undefined,
  };
}

/** A run as it travels: checks by their ids, since their code is on both sides. */
export interface SentRun extends Omit<LabRun, 'lab' | 'results'> {
  readonly lab: string;
  readonly results: readonly (Omit<CheckResult, 'check'> & { readonly check: string })[];
}

export function packRun({ lab, results, ...rest }: LabRun): SentRun {
  return { ...rest, lab: lab.id, results: results.map(({ check, ...result }) => ({ ...result, check: check.id })) };
}

/** @throws Error when the run names a check that the lab does not have: the two sides have different code */
export function unpackRun(lab: Lab, { results, ...rest }: SentRun): LabRun {
  return {
    ...rest,
    lab,
    results: results.map(({ check: id, ...result }) => {
      const check = lab.checks.find((each) => each.id === id);
      if (!check)
        throw new Error(`the judge knows a check "${id}" that lab ${lab.id} has not; cure: gatehouse images build`);
      return { ...result, check };
    }),
  };
}

/** What the judge in the lab asks of the range. Every answer is JSON. */
export const remoteRangeWords = [
  'status',
  'exec',
  'readFile',
  'listFiles',
  'control',
  'sinkMessages',
] as const satisfies readonly (keyof Range)[];

/** A judge at the other end of `peer`. `end` closes its process. */
export function createRemoteJudge(peer: Peer, labs: readonly Lab[], end: () => void): Judge {
  const labOf = (id: string): Lab => {
    const lab = labs.find((each) => each.id === id);
    if (!lab) throw new Error(`no lab ${id}`);
    return lab;
  };
  return {
    run: async (lab, seat, step) => unpackRun(lab, await peer.call<SentRun>('run', lab.id, seat, step ?? null)),
    afterRestart: async (runs, atOnce) => {
      const sent = await peer.call<readonly SentRun[]>('afterRestart', runs.map(packRun), atOnce);
      return sent.map((each) => unpackRun(labOf(each.lab), each));
    },
    close: end,
  };
}

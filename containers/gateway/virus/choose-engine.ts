/**
 * choose-engine - which virus engine `Virus Scanners` means.
 *
 * A name that is not there gives an engine that never answers: mail is held then, not delivered unscanned.
 */
import type { VirusEngine } from '../scan/engines.ts';
import { createBuiltInEngine } from './built-in.ts';

/** Names that the built-in engine stands for. */
const builtIn = new Set(['auto', 'none', 'clamd', 'clamav', 'clamavmodule']);

export interface ChosenEngine {
  readonly engine: VirusEngine;
  /** Names in Virus Scanners that are not to be had. */
  readonly missing: readonly string[];
}

export function chooseEngine(names: readonly string[]): ChosenEngine {
  const missing = names.filter((name) => !builtIn.has(name.toLowerCase()));
  const [first] = missing;
  return {
    missing,
    engine:
      first === undefined && names.length > 0
        ? createBuiltInEngine()
        : {
            name: first ?? 'none',
            scan: () =>
              Promise.resolve({ kind: 'failed', reason: `scanner "${first ?? ''}" not found in virus.scanners.conf` }),
          },
  };
}

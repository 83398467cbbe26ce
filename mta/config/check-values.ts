/**
 * check-values - is each value of main.cf what its parameter must be: yes or no, a number, a time? (postconf(5))
 *
 * Postfix finds out when a program starts that uses the value, and that program dies. A few values are used by every program: with those nothing runs at all.
 */
import { FatalConfigError, type PostfixConfig } from './config.ts';
import { parameterKind } from './parameters.ts';

const neededIntegers = ['message_size_limit', 'queue_minfree', 'default_process_limit'];
const neededTimes = ['queue_run_delay', 'minimal_backoff_time', 'maximal_backoff_time', 'maximal_queue_lifetime'];

/** What no program can do without. @throws FatalConfigError in Postfix's words. */
export function checkNeeded(config: PostfixConfig): void {
  for (const name of neededIntegers) config.integer(name);
  for (const name of neededTimes) config.durationMs(name);
}

/** All faults of values that are set in main.cf. */
export function checkValues(config: PostfixConfig): FatalConfigError[] {
  const faults: FatalConfigError[] = [];
  for (const [name, written] of config.entries) {
    try {
      readValue(config, name);
    } catch (error) {
      if (!(error instanceof FatalConfigError)) throw error;
      faults.push(error);
    }
    // postconf(5): there are no comments behind a value.
    if (/\s#/.test(written))
      faults.push(
        new FatalConfigError(
          `${name}: comment at end of line is not supported: ${written.slice(written.search(/\s#/) + 1)}`,
          'put the comment on a line of its own, with # in front',
        ),
      );
  }
  return faults;
}

function readValue(config: PostfixConfig, name: string): void {
  switch (parameterKind(name)) {
    case 'bool':
      config.bool(name);
      return;
    case 'integer':
      config.integer(name);
      return;
    case 'time':
      config.durationMs(name);
      return;
    case 'text':
      config.text(name);
  }
}

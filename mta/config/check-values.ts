/**
 * check-values - is each value of main.cf what its parameter must be: yes or no, a number, a time? (postconf(5))
 *
 * Postfix finds out when a program starts that uses the value, and that program dies. A few values are used by every program: with those nothing runs at all.
 */
import { FatalConfigError, type PostfixConfig } from './config.ts';
import { programFault, valueFault } from './value-readers.ts';

/** What no program can do without. @throws FatalConfigError in Postfix's words. */
export function checkNeeded(config: PostfixConfig): void {
  const fault = programFault(config, 'every');
  if (fault) throw fault;
}

/** All faults of values that are set in main.cf. */
export function checkValues(config: PostfixConfig): FatalConfigError[] {
  const faults: FatalConfigError[] = [];
  for (const [name, written] of config.entries) {
    const fault = valueFault(config, name);
    if (fault) faults.push(fault);
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

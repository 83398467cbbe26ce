/**
 * sleep - sleep N: the client waits N seconds for its answer, which spam programs do not like to do.
 */
import { pause } from '#util/deadline.ts';
import { configurationError } from './refusal.ts';
import { dunno, type Restriction } from './restriction.ts';

export const sleep: Restriction = async (context, argument) => {
  if (!/^\d{1,4}$/.test(argument)) {
    context.warn(`restriction sleep: bad argument "${argument}": need number of seconds`);
    return configurationError(`sleep ${argument}`);
  }
  await pause(context.deps.clock, Number(argument) * 1000);
  return dunno;
};

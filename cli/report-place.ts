/**
 * report-place - can a report be written there? Asked before the hosts are looked at: a class is graded for minutes, and all of it would be in vain.
 */
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';

/** @throws Error with the cure when it cannot */
export async function requirePlaceFor(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  const folder = path.dirname(path.resolve(file));
  const inFolder = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) throw refusal(file, 'it is a folder');
  if (!inFolder?.isDirectory()) throw refusal(file, `there is no folder ${folder}`);
  await access(found ? file : folder, constants.W_OK).catch(() => {
    throw refusal(file, 'you may not write there');
  });
}

function refusal(file: string, why: string): Error {
  return new Error(
    `the report cannot be written to ${file}: ${why}; cure: --output FILE, in a folder that is there and that you may write to`,
  );
}

/**
 * Who lacks rights to a container's files is told the cure; every other fault stays what it is.
 */
import { expect, test } from 'vitest';
import { explainLackOfRights } from './container-rights.ts';

const fault = (code: string): Error =>
  Object.assign(new Error(`${code}: told by the system`), { code, path: '/w/etc/shadow' });

test.each(['EACCES', 'EPERM'])('%s on Docker names the file and the cure', async (code) => {
  await expect(explainLackOfRights('docker', Promise.reject(fault(code)))).rejects.toThrow(
    /^\/w\/etc\/shadow: permission denied.*; cure: type the same command as root/,
  );
});

test.each([
  ['embedded', 'EACCES'],
  ['docker', 'ENOSPC'],
] as const)('on %s, %s stays as it is', async (engine, code) => {
  await expect(explainLackOfRights(engine, Promise.reject(fault(code)))).rejects.toThrow(`${code}: told by the system`);
});

test('what succeeds passes', async () => {
  expect(await explainLackOfRights('docker', Promise.resolve(7))).toBe(7);
});

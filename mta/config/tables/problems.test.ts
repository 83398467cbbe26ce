/**
 * What is said of the tables in a restriction list, and what of other words there.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createHostRoot } from '#util/host-root.ts';
import { loadPostfixConfig } from '../postfix-config.ts';
import { logTableProblems } from './problems.ts';

test('a policy server is no table; a table that is none is told', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-tables-'));
  try {
    await mkdir(path.join(folder, 'etc/postfix'), { recursive: true });
    await writeFile(
      path.join(folder, 'etc/postfix/main.cf'),
      'smtpd_recipient_restrictions = check_policy_service unix:private/policyd-spf, check_policy_service inet:localhost:10031, check_client_access nosuch:/etc/x, reject\n',
    );
    await writeFile(path.join(folder, 'etc/postfix/master.cf'), 'smtp inet n - n - - smtpd\n');
    const root = createHostRoot(folder);
    const config = await loadPostfixConfig('/etc/postfix', { root, hostname: 'gw.one.test', interfaces: [] });
    const told: string[] = [];
    const say = (text: string): void => void told.push(text);
    await logTableProblems(config, ['smtpd_recipient_restrictions'], {
      pid: 200,
      info: say,
      warning: say,
      error: say,
      fatal: say,
    });
    expect(told).toEqual([expect.stringContaining('nosuch')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

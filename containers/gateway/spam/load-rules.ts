/**
 * load-rules - the shipped rules, and the site's own on top: every *.cf of the site rules folder, in name order (spamassassin(1), "configuration files").
 */
import path from 'node:path';
import type { HostRoot } from '#util/host-root.ts';
import { readHostText, readNamesAt, readTextAt } from '#util/host-text.ts';
import { parseSpamRules } from './rules-file.ts';

/** `folder`: host path of the site rules. */
export async function loadSpamRules(root: HostRoot, folder: string): Promise<ReturnType<typeof parseSpamRules>> {
  const shipped = {
    file: 'shipped-rules.cf',
    text: await readTextAt(path.join(import.meta.dirname, 'shipped-rules.cf')),
  };
  const names = readNamesAt(root.resolve(folder))
    .filter((name) => name.endsWith('.cf'))
    .sort();
  const own = await Promise.all(
    names.map(async (name) => {
      const file = path.posix.join(folder, name);
      return {
        file,
        text: await readHostText(root, file).catch(() => ''),
      };
    }),
  );
  return parseSpamRules([shipped, ...own]);
}

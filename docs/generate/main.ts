/**
 * main - `npm run references`: writes the pages of docs/reference that are made from the code, and the other files that are.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { madeFiles, referencePages } from './pages.ts';
import { home } from './sources.ts';

const pages = referencePages.map(({ file, make }) => ({ file: `docs/reference/${file}`, make }));
for (const { file, make } of [...pages, ...madeFiles]) {
  writeFileSync(path.join(home, file), await make());
  process.stdout.write(`${file}\n`);
}

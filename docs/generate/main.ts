/**
 * main - `npm run references`: writes the pages of docs/reference that are made from the code.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { referencePages } from './pages.ts';
import { home } from './sources.ts';

for (const { file, make } of referencePages) {
  writeFileSync(path.join(home, 'docs', 'reference', file), await make());
  process.stdout.write(`docs/reference/${file}\n`);
}

/**
 * project-version - the version of package.json, which is also the tag of the containers' images.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export async function projectVersion(): Promise<string> {
  const file = path.join(import.meta.dirname, '..', 'package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

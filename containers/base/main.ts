/**
 * main - run by `furnish` in an image that is being built: manual pages for our commands, and the image's bill of materials.
 *
 * `main.ts MAN-FOLDER BILL-FILE`. A command that is a shell script around another tool is described by that tool.
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { billOfMaterials, readDebianParts, type Part } from './bill-of-materials.ts';
import { manPage } from './man-page.ts';

const home = path.join(import.meta.dirname, '..', '..');
const [manFolder = '', billFile = ''] = process.argv.slice(2);

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
  readonly license?: unknown;
}

function read(file: string): string {
  return readFileSync(path.join(home, file), 'utf8');
}

function writeManPages(version: string): void {
  mkdirSync(manFolder, { recursive: true });
  for (const script of globSync(['mta/tools/bin/*', 'containers/*/tools/bin/*'], { cwd: home })) {
    const command = path.basename(script);
    const [, told = `${command}.ts`] = /"\$here\/\.\.\/([\w-]+\.ts)"/.exec(read(script)) ?? [];
    const source = path.join(script, '..', '..', told);
    const page = manPage(command, read(source), version);
    if (page === undefined) throw new Error(`${source} opens with no comment that describes ${command}`);
    writeFileSync(path.join(manFolder, `${command}.8`), page);
  }
}

function npmPart(place: string): Part[] {
  const { name, version, license } = JSON.parse(read(place)) as PackageFile;
  if (name === undefined || version === undefined) return [];
  return [{ name, version, kind: 'npm', architecture: '', license: typeof license === 'string' ? license : undefined }];
}

function writeBill(version: string): void {
  const depths = ['', 'node_modules/*/', 'node_modules/@*/*/'];
  const places = depths.flatMap((depth) => [
    `${depth}node_modules/*/package.json`,
    `${depth}node_modules/@*/*/package.json`,
  ]);
  const node: Part = { name: 'node', version: process.versions.node, kind: 'npm', architecture: '', license: 'MIT' };
  const listing = execFileSync('dpkg-query', ['-W', '-f=${Package}\t${Version}\t${Architecture}\n']).toString();
  const npm = globSync(places, { cwd: home }).flatMap(npmPart);
  writeFileSync(billFile, billOfMaterials({ name: 'gatehouse', version }, [node, ...npm, ...readDebianParts(listing)]));
}

const { version = '' } = JSON.parse(read('package.json')) as PackageFile;
writeManPages(version);
writeBill(version);

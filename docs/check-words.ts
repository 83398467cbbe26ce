/**
 * check-words - the documents' gate: doubled words, common misspellings and dead relative links in every page a person reads.
 *
 * Looks at the documents, the labs' sheets and texts, the decks and the command's texts (*.md, *.ejs, *.yaml). Exits 1 with `file:line: what` for each finding.
 * Limits: a list of common misspellings, no dictionary; code blocks and inline code are not looked at.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findFiles, home, readSource } from './generate/sources.ts';

const rightTwice = new Set(['had', 'that', 'is']);

/** Misspellings that hands make again and again, with what was meant. */
const misspelled: Readonly<Record<string, string>> = {
  accomodate: 'accommodate',
  adress: 'address',
  adresses: 'addresses',
  agressive: 'aggressive',
  alot: 'a lot',
  archieve: 'archive',
  attachement: 'attachment',
  beggining: 'beginning',
  begining: 'beginning',
  certficate: 'certificate',
  comand: 'command',
  commited: 'committed',
  compatability: 'compatibility',
  configuraton: 'configuration',
  conection: 'connection',
  definately: 'definitely',
  delievered: 'delivered',
  deliverd: 'delivered',
  dependant: 'dependent',
  diferent: 'different',
  enviroment: 'environment',
  existant: 'existent',
  foward: 'forward',
  independant: 'independent',
  lenght: 'length',
  libary: 'library',
  mesage: 'message',
  messsage: 'message',
  neccessary: 'necessary',
  necesary: 'necessary',
  neigbour: 'neighbour',
  nieghbour: 'neighbour',
  occured: 'occurred',
  occurence: 'occurrence',
  paramter: 'parameter',
  parmeter: 'parameter',
  prefered: 'preferred',
  priviledge: 'privilege',
  quarrantine: 'quarantine',
  qurantine: 'quarantine',
  recieve: 'receive',
  recieved: 'received',
  reciever: 'receiver',
  recipent: 'recipient',
  refered: 'referred',
  seperate: 'separate',
  seperated: 'separated',
  succesful: 'successful',
  succesfully: 'successfully',
  teh: 'the',
  thier: 'their',
  transfered: 'transferred',
  truely: 'truly',
  untill: 'until',
  usefull: 'useful',
  wich: 'which',
  writting: 'writing',
};

/** Every page a person reads, from the project's folder. The trees that labs lay on hosts are files of those hosts. */
export function readPages(): string[] {
  return findFiles('**/*.{md,ejs,yaml,yml}').filter(
    (file) => !/^labs\/[^/]+\/(start|solution|mistakes|near-misses)\/|^containers\/[^/]+\/files\//.test(file),
  );
}

/** Findings of one text, as `line: what`. */
export function findWordProblems(text: string, linkExists: (target: string) => boolean): string[] {
  const findings: string[] = [];
  let inCode = false;
  text.split('\n').forEach((raw, index) => {
    if (/^\s*```/.test(raw)) inCode = !inCode;
    if (inCode) return;
    const line = raw.replace(/`[^`]*`/g, '``');
    for (const finding of [...findWords(line), ...findDeadLinks(line, linkExists)])
      findings.push(`${index + 1}: ${finding}`);
  });
  return findings;
}

function* findWords(line: string): Generator<string> {
  const doubled = /\b([a-z]{2,}) \1\b/i.exec(line)?.[1];
  if (doubled && !rightTwice.has(doubled.toLowerCase())) yield `doubled word "${doubled}"`;
  const pair = /\b([a-z]+ [a-z]+) \1\b/i.exec(line)?.[1];
  if (pair) yield `doubled words "${pair.toLowerCase()}"`;
  for (const [word] of line.matchAll(/\b[a-z]+\b/gi)) {
    const meant = misspelled[word.toLowerCase()];
    if (meant !== undefined) yield `misspelled "${word}": ${meant}`;
  }
}

function* findDeadLinks(line: string, linkExists: (target: string) => boolean): Generator<string> {
  for (const [, target = ''] of line.matchAll(/\]\(([^)#\s]+)[^)]*\)/g))
    if (!/^[a-z]+:|^\/|<%/.test(target) && !linkExists(target)) yield `dead link ${target}`;
}

if (import.meta.main) {
  for (const file of readPages()) {
    const folder = path.join(home, path.dirname(file));
    for (const finding of findWordProblems(readSource(file), (target) => existsSync(path.join(folder, target)))) {
      process.stdout.write(`${file}:${finding}\n`);
      process.exitCode = 1;
    }
  }
}

/**
 * load-scanner - everything that the scanner reads before it begins: MailScanner.conf and what it names, rules, engines.
 *
 * Faults never stop it: each is a sentence with file, line and cure, and the rest counts. The running scanner logs them, `MailScanner --lint` prints them.
 */
import path from 'node:path';
import type { HostRoot } from '#util/host-root.ts';
import { readHostText, readTextAt } from '#util/host-text.ts';
import { parseFileRules, type FileRule } from '../content/file-rules.ts';
import { loadSpamRules } from '../spam/load-rules.ts';
import type { SpamRules } from '../spam/rules-file.ts';
import { parseSpamLists } from '../spam/spam-lists.ts';
import { chooseEngine } from '../virus/choose-engine.ts';
import type { RulesFault, VirusEngine } from './engines.ts';
import { loadSettings, type Settings } from './settings.ts';

export interface LoadedScanner {
  readonly settings: Settings;
  readonly fileRules: ReadonlyMap<string, readonly FileRule[]>;
  readonly spamRules: SpamRules;
  readonly spamZones: ReadonlyMap<string, string>;
  readonly virus: VirusEngine;
  readonly faults: readonly RulesFault[];
}

const ruleOptions = ['Filename Rules', 'Filetype Rules', 'Archives: Filename Rules', 'Archives: Filetype Rules'];
const shippedFolder = path.join(import.meta.dirname, '../files/etc/MailScanner');

export async function loadScanner(root: HostRoot): Promise<LoadedScanner> {
  const settings = await loadSettings(root);
  const faults: RulesFault[] = [...settings.faults];
  const fileRules = new Map<string, readonly FileRule[]>();
  for (const option of ruleOptions)
    for (const file of settings.possible(option).flatMap((value) => value.split(/\s+/)))
      if (file !== '' && !fileRules.has(file))
        fileRules.set(file, await loadRules(root, settings, option, file, faults));
  const spam = await loadSpamRules(root, settings.text('SpamAssassin Site Rules Dir'));
  const lists = await loadLists(root, settings, faults);
  const virus = chooseEngine(settings.words('Virus Scanners'));
  for (const name of virus.missing)
    faults.push({
      ...placeOf(settings, 'Virus Scanners'),
      text: `Virus scanner "${name}" not found in virus.scanners.conf: mail stays in hold`,
      cure: 'check the spelling of "Virus Scanners" in MailScanner.conf; clamd, auto and none are to be had here',
    });
  return {
    settings,
    fileRules,
    spamRules: spam.rules,
    spamZones: lists,
    virus: virus.engine,
    faults: [...faults, ...spam.faults],
  };
}

/** A rules file that cannot be read is not the same as no rules: the shipped ones stand in. */
async function loadRules(
  root: HostRoot,
  settings: Settings,
  option: string,
  file: string,
  faults: RulesFault[],
): Promise<readonly FileRule[]> {
  const text = await readText(root, file);
  if (text === undefined) {
    const shipped = `${option.startsWith('Archives') ? 'archives.' : ''}${option.includes('Filename') ? 'filename' : 'filetype'}.rules.conf`;
    faults.push({
      ...placeOf(settings, option),
      text: `Cannot read ${option} file ${file}, using the shipped ${shipped}`,
      cure: `create the file, or correct its name`,
    });
    return parseFileRules(await readTextAt(path.join(shippedFolder, shipped)), shipped).rules;
  }
  const parsed = parseFileRules(text, file);
  faults.push(...parsed.faults);
  return parsed.rules;
}

async function loadLists(
  root: HostRoot,
  settings: Settings,
  faults: RulesFault[],
): Promise<ReadonlyMap<string, string>> {
  const file = settings.text('Spam List Definitions');
  const parsed = parseSpamLists((await readText(root, file)) ?? '', file);
  faults.push(...parsed.faults);
  for (const option of ['Spam List', 'Spam Domain List'])
    for (const name of settings.possible(option).flatMap((value) => value.split(/[\s,]+/)))
      if (name !== '' && !parsed.zones.has(name.toLowerCase()))
        faults.push({
          ...placeOf(settings, option),
          text: `${option}: no list "${name}" in ${file}`,
          cure: `add a line "${name} dns.zone." to that file, or correct the name`,
        });
  return parsed.zones;
}

function placeOf(settings: Settings, option: string): { file: string; line: number } {
  return settings.place(option) ?? { file: '/etc/MailScanner/MailScanner.conf', line: 0 };
}

function readText(root: HostRoot, file: string): Promise<string | undefined> {
  return readHostText(root, path.posix.join('/', file)).catch(() => undefined);
}

/** The sentence for log and terminal. */
export function faultText(fault: RulesFault): string {
  return `${fault.text} (${fault.file}${fault.line > 0 ? `, line ${fault.line}` : ''}; cure: ${fault.cure})`;
}

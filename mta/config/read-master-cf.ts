/**
 * read-master-cf - master.cf's text to services (master(5)).
 *
 * Eight fields, then `-o name=value` or `-o { name = value }` arguments. Of two lines for the same service and type the last wins.
 */
import path from 'node:path';
import type { HostRoot } from '#util/host-root.ts';
import { readTextAt } from '#util/host-text.ts';
import { FatalConfigError, type ConfigWarning, type MasterConfig, type MasterService } from './config.ts';
import { logicalLines, orphanText, splitSetting } from './read-main-cf.ts';
import { splitList } from './typed-values.ts';

const types = ['inet', 'unix', 'unix-dgram', 'fifo', 'pass'] as const;

/** Reads `directory`/master.cf. @throws FatalConfigError in Postfix's words. */
export async function loadMasterConfig(directory: string, root: HostRoot): Promise<MasterConfig> {
  const file = path.posix.join(directory, 'master.cf');
  const text = await readTextAt(root.resolve(file)).catch((error: NodeJS.ErrnoException) => {
    throw new FatalConfigError(
      `open ${file}: ${error.code === 'ENOENT' ? 'No such file or directory' : (error.code ?? error.message)}`,
      'the configuration directory must hold a master.cf',
    );
  });
  return readMasterCf(text, file);
}

/** @throws FatalConfigError `bad field count`, `invalid type field` and its like. */
export function readMasterCf(text: string, file: string): MasterConfig {
  const services = new Map<string, MasterService>();
  const warnings: ConfigWarning[] = [];
  for (const { text: logical, line, orphan } of logicalLines(text)) {
    if (orphan) {
      warnings.push({ file, line, text: orphanText(file, logical), cure: 'begin the line with the service name' });
      continue;
    }
    const service = readService(logical, line, file);
    const earlier = services.get(`${service.name}/${service.type}`);
    // master(5) says nothing here and takes the last; a person should know.
    if (earlier)
      warnings.push({
        file,
        line,
        text: `${file}: line ${line}: service ${service.name} ${service.type} is listed twice`,
        cure: `line ${earlier.line} has no effect: remove one of the two`,
      });
    services.set(`${service.name}/${service.type}`, service);
  }
  return { services: [...services.values()], warnings };
}

/** Fields 3 to 7: what they may hold, and what to write. */
const fieldForms = [
  ['private', /^(-|y|n)$/, 'y, n or -'],
  ['unprivileged', /^(-|y|n)$/, 'y, n or -'],
  ['chroot', /^(-|y|n)$/, 'y, n or -'],
  ['wakeup', /^(-|\d+\??)$/, 'seconds, with ? only after the first use, or -'],
  ['process_limit', /^(-|\d+)$/, 'a number, 0 for no limit, or -'],
] as const;

function readService(logical: string, line: number, file: string): MasterService {
  const [, head, tail = ''] = /^((?:\S+\s+){7}\S+)\s*(.*)$/s.exec(logical) ?? [];
  if (head === undefined)
    throw new FatalConfigError(
      `file ${file}: line ${line}: bad field count`,
      'a line has eight fields: service type private unpriv chroot wakeup maxproc command',
    );
  const [name = '', type = '', ...others] = head.split(/\s+/);
  const known = types.find((each) => each === type);
  if (!known)
    throw new FatalConfigError(
      `invalid type field "${type}" in "${logical}"`,
      `${file}, line ${line}: the type is ${types.join(', ')}`,
    );
  for (const [index, [field, form, cure]] of fieldForms.entries())
    if (!form.test(others[index] ?? ''))
      throw new FatalConfigError(
        `invalid ${field} field "${others[index] ?? ''}" in "${logical}"`,
        `${file}, line ${line}: ${field} is ${cure}`,
      );
  const [isPrivate = '', unprivileged = '', chroot = '', wakeup = '', processLimit = '', command = ''] = others;
  return {
    name,
    type: known,
    private: isPrivate,
    unprivileged,
    chroot,
    wakeup,
    processLimit,
    command,
    line,
    ...readArguments(tail, file, line),
  };
}

/** `-o` settings and the other arguments. */
function readArguments(
  text: string,
  file: string,
  line: number,
): Pick<MasterService, 'arguments' | 'overrides' | 'commandLine' | 'fault'> {
  const overrides = new Map<string, string>();
  const rest: string[] = [];
  const shown: string[] = [];
  let fault: string | undefined;
  const words = splitWords(text, file, line);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-o')) {
      rest.push(word);
      shown.push(/\s/.test(word) ? `{${word}}` : word);
      continue;
    }
    const setting = word === '-o' ? words[++index] : word.slice(2);
    const equals = setting?.indexOf('=') ?? -1;
    if (setting === undefined || equals < 1) {
      // Blanks around `=` split the setting into three words: Postfix sees a name alone.
      fault ??= `invalid "-o ${setting ?? ''}" option value: missing '=' after attribute name`;
      shown.push('-o', ...(setting === undefined ? [] : [setting]));
      continue;
    }
    const [name, value] = splitSetting(setting, `file ${file}: line ${line}`);
    overrides.set(name, value);
    shown.push(/\s/.test(value) ? `-o {${name}=${value}}` : `-o ${name}=${value}`);
  }
  return { arguments: rest, overrides, commandLine: shown.join(' '), ...(fault === undefined ? {} : { fault }) };
}

/** Words at blanks; commas belong to words here, and `{ ... }` is one word. @throws FatalConfigError for an open brace. */
function splitWords(text: string, file: string, line: number): string[] {
  try {
    return splitList(text.replace(/,/g, '\ue000')).map((word) => word.replace(/\ue000/g, ','));
  } catch (error) {
    if (!(error instanceof FatalConfigError)) throw error;
    throw new FatalConfigError(`file ${file}: line ${line}: ${error.message.replace(/\ue000/g, ',')}`, error.cure);
  }
}

/**
 * read-master-cf - master.cf's text to services (master(5)).
 *
 * Eight fields, then `-o name=value` or `-o { name = value }` arguments. Of two lines for the same service and type the last wins.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HostRoot } from '#util/host-root.ts';
import { FatalConfigError, type MasterConfig, type MasterService } from './config.ts';
import { logicalLines, splitSetting } from './read-main-cf.ts';
import { splitList } from './typed-values.ts';

const types = ['inet', 'unix', 'unix-dgram', 'fifo', 'pass'] as const;

/** Reads `directory`/master.cf. @throws FatalConfigError in Postfix's words. */
export async function loadMasterConfig(directory: string, root: HostRoot): Promise<MasterConfig> {
  const file = path.posix.join(directory, 'master.cf');
  const text = await readFile(root.resolve(file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new FatalConfigError(
      `open ${file}: ${error.code === 'ENOENT' ? 'No such file or directory' : (error.code ?? error.message)}`,
      'the configuration directory must hold a master.cf',
    );
  });
  return readMasterCf(text, file);
}

/** @throws FatalConfigError `bad field count`, `invalid type field`. */
export function readMasterCf(text: string, file: string): MasterConfig {
  const services = new Map<string, MasterService>();
  for (const { text: logical, line, orphan } of logicalLines(text)) {
    if (orphan)
      throw new FatalConfigError(
        `file ${file}: line ${line}: logical line must not start with whitespace: "${logical}"`,
        'begin the line with the service name',
      );
    const service = readService(logical, line, file);
    services.set(`${service.name}/${service.type}`, service);
  }
  return { services: [...services.values()], warnings: [] };
}

function readService(logical: string, line: number, file: string): MasterService {
  const [, head, tail = ''] = /^((?:\S+\s+){7}\S+)\s*(.*)$/s.exec(logical) ?? [];
  if (head === undefined)
    throw new FatalConfigError(
      `file ${file}: line ${line}: bad field count`,
      'a line has eight fields: service type private unpriv chroot wakeup maxproc command',
    );
  const [
    name = '',
    type = '',
    isPrivate = '',
    unprivileged = '',
    chroot = '',
    wakeup = '',
    processLimit = '',
    command = '',
  ] = head.split(/\s+/);
  const known = types.find((each) => each === type);
  if (!known)
    throw new FatalConfigError(
      `invalid type field "${type}" in "${logical}"`,
      `${file}, line ${line}: the type is ${types.join(', ')}`,
    );
  if (!/^(-|[yn])$/.test(chroot))
    throw new FatalConfigError(`file ${file}: line ${line}: bad field value`, 'chroot is y, n or -');
  const { overrides, rest } = readArguments(tail, `file ${file}: line ${line}`);
  return {
    name,
    type: known,
    private: isPrivate,
    unprivileged,
    chroot,
    wakeup,
    processLimit,
    command,
    arguments: rest,
    overrides,
    line,
  };
}

/** `-o` settings and the other arguments. */
function readArguments(text: string, where: string): { overrides: Map<string, string>; rest: string[] } {
  const overrides = new Map<string, string>();
  const rest: string[] = [];
  const words = splitWords(text);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-o')) {
      rest.push(word);
      continue;
    }
    const setting = word === '-o' ? (words[++index] ?? '') : word.slice(2);
    const [name, value] = splitSetting(setting, where);
    overrides.set(name, value);
  }
  return { overrides, rest };
}

/** Words at blanks; commas belong to words here, and `{ ... }` is one word. */
function splitWords(text: string): string[] {
  return splitList(text.replace(/,/g, '\ue000')).map((word) => word.replace(/\ue000/g, ','));
}

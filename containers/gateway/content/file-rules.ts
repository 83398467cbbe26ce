/**
 * file-rules - filename.rules.conf and filetype.rules.conf: may this file pass? (MailScanner.conf(5))
 *
 * TAB-separated: action, pattern, log text, user text; the first match decides, case ignored. `filename` rules see the name, `filetype` rules the words of file(1).
 *
 * Limits: actions allow, deny, deny+delete (as deny) and rename; patterns are JavaScript's.
 */
import { fileTypeWords } from './file-type.ts';
import type { FileRules, RuleVerdict, RulesFault, UnpackedFile } from '../scan/engines.ts';

interface Rule {
  readonly action: 'allow' | 'deny' | 'rename';
  readonly pattern: RegExp;
  readonly renameTo: string;
  readonly logText: string;
  readonly userText: string;
}

/** Reads the text of `file`. Faulty lines are left out and reported. */
export function parseFileRules(
  text: string,
  file: string,
  about: 'name' | 'type',
): { rules: FileRules; faults: readonly RulesFault[] } {
  const rules: Rule[] = [];
  const faults: RulesFault[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const rule = parseRule(line);
    if (typeof rule === 'string')
      faults.push({ file, line: index + 1, text: `Possible syntax error on line ${index + 1} of ${file}`, cure: rule });
    else rules.push(rule);
  }
  return { rules: { judge: (each) => judge(rules, each, about) }, faults };
}

function parseRule(line: string): Rule | string {
  const [action = '', pattern = '', logText = '', userText = ''] = line.split(/\t+/);
  const [, word, renameTo = '__FILENAME__.disarmed'] =
    /^(allow|deny|deny\+delete|rename)(?:\s+to\s+(\S+))?$/i.exec(action.trim()) ?? [];
  if (pattern === '') return 'separate the fields with TAB characters, not with blanks';
  if (word === undefined) return 'the action is allow, deny or rename';
  try {
    const kind = word.toLowerCase().startsWith('deny') ? 'deny' : word.toLowerCase() === 'rename' ? 'rename' : 'allow';
    return {
      action: kind,
      pattern: new RegExp(pattern.trim(), 'i'),
      renameTo,
      logText: plain(logText),
      userText: plain(userText),
    };
  } catch {
    return 'the pattern is no regular expression';
  }
}

/** `-` stands for no text. */
function plain(text: string): string {
  return text.trim() === '-' ? '' : text.trim();
}

function judge(rules: readonly Rule[], file: UnpackedFile, about: 'name' | 'type'): RuleVerdict {
  const subject = about === 'name' ? file.name : file.content === undefined ? undefined : fileTypeWords(file.content);
  const rule = subject === undefined ? undefined : rules.find((each) => each.pattern.test(subject));
  if (!rule) return { kind: 'no-rule' };
  const { logText, userText } = rule;
  if (rule.action === 'allow') return { kind: 'allow', logText };
  return rule.action === 'deny'
    ? { kind: 'deny', logText, userText }
    : { kind: 'rename', to: rule.renameTo.replace('__FILENAME__', file.name), logText, userText };
}

/**
 * file-rules - filename.rules.conf and filetype.rules.conf: may this file pass? (MailScanner.conf(5))
 *
 * TAB-separated: action, pattern, log text, user text; the first match decides, case ignored. Filename rules see the name, filetype rules the words of file(1); a filetype rule with
 * five fields has a pattern for the MIME type as its third. Actions: allow, deny, deny+delete, rename, rename to NAME, or addresses that get the message instead.
 *
 * Limits: patterns are JavaScript's regular expressions.
 */
import type { RulesFault, RuleVerdict } from '../scan/engines.ts';

export interface FileRule {
  readonly action: 'allow' | 'deny' | 'deny+delete' | 'rename' | 'redirect';
  readonly pattern: RegExp;
  /** For the MIME type. */
  readonly mimePattern: RegExp | undefined;
  /** `rename to`; undefined: the Default Rename Pattern. */
  readonly renameTo: string | undefined;
  /** Addresses of a redirect. */
  readonly addresses: readonly string[];
  readonly logText: string;
  readonly userText: string;
}

/** Reads the text of `file`. Faulty lines are left out and reported. */
export function parseFileRules(
  text: string,
  file: string,
): { rules: readonly FileRule[]; faults: readonly RulesFault[] } {
  const rules: FileRule[] = [];
  const faults: RulesFault[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const rule = parseRule(line);
    if (typeof rule === 'string')
      faults.push({ file, line: index + 1, text: `Possible syntax error on line ${index + 1} of ${file}`, cure: rule });
    else rules.push(rule);
  }
  return { rules, faults };
}

function parseRule(line: string): FileRule | string {
  const fields = line.split(/\t+/).map((field) => field.trim());
  const [action = '', pattern = ''] = fields;
  if (pattern === '') return 'separate the fields with TAB characters, not with blanks';
  const mime = fields.length >= 5 ? fields[2] : undefined;
  const [logText = '', userText = ''] = fields.slice(fields.length >= 5 ? 3 : 2);
  const [, word, renameTo] = /^(allow|deny\+delete|deny|rename)(?:\s+to\s+(\S+))?$/i.exec(action) ?? [];
  const addresses = word === undefined && action.includes('@') ? action.split(/[\s,]+/).filter(Boolean) : [];
  if (word === undefined && !addresses.every((address) => /^[^\s@]+@[^\s@]+$/.test(address)))
    return 'the action is allow, deny, deny+delete, rename, rename to NAME, or e-mail addresses';
  if (word === undefined && addresses.length === 0)
    return 'the action is allow, deny, deny+delete, rename, rename to NAME, or e-mail addresses';
  try {
    return {
      action: word === undefined ? 'redirect' : (word.toLowerCase() as 'allow' | 'deny' | 'deny+delete' | 'rename'),
      pattern: new RegExp(pattern, 'i'),
      mimePattern: mime === undefined || mime === '-' ? undefined : new RegExp(mime, 'i'),
      renameTo,
      addresses,
      logText: plain(logText),
      userText: plain(userText),
    };
  } catch {
    return 'the pattern is no regular expression';
  }
}

/** `-` stands for no text. */
function plain(text: string): string {
  return text === '-' ? '' : text;
}

/** A list of patterns in MailScanner.conf itself (`Deny Filenames`), as rules; a faulty pattern is left out. */
export function patternRules(patterns: readonly string[], action: 'allow' | 'deny', text: string): FileRule[] {
  return patterns.flatMap((pattern) => {
    try {
      const regex = new RegExp(pattern, 'i');
      return [
        {
          action,
          pattern: regex,
          mimePattern: undefined,
          renameTo: undefined,
          addresses: [],
          logText: text,
          userText: text,
        },
      ];
    } catch {
      return [];
    }
  });
}

/** Judges all names (or the one type) of a file: a rule that stops any of them counts before one that allows another. */
export function judgeFile(rules: readonly FileRule[], subjects: readonly string[], mimeType = ''): RuleVerdict {
  let allowed: RuleVerdict = { kind: 'no-rule' };
  for (const subject of subjects) {
    const rule = rules.find((each) => each.pattern.test(subject) || (each.mimePattern?.test(mimeType) ?? false));
    if (!rule) continue;
    const { logText, userText } = rule;
    switch (rule.action) {
      case 'allow':
        allowed = { kind: 'allow', logText };
        break;
      case 'deny':
      case 'deny+delete':
        return { kind: 'deny', keep: rule.action === 'deny', logText, userText };
      case 'rename':
        return { kind: 'rename', to: rule.renameTo, logText, userText };
      case 'redirect':
        return { kind: 'redirect', addresses: rule.addresses, logText, userText };
    }
  }
  return allowed;
}

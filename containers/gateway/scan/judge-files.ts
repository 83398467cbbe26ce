/**
 * judge-files - names and types of the files in a message against filename.rules.conf, filetype.rules.conf and the archives.* pair.
 *
 * All patterns run in one bounded piece of work: a pattern that does not come to an end makes the message unclean, never the scanner hang.
 */
import { runBounded } from '#util/bounded-work.ts';
import { judgeFile, patternRules, type FileRule } from '../content/file-rules.ts';
import { fileType } from '../content/file-type.ts';
import type { RuleVerdict, ScannedMessage, Unpacked, UnpackedFile } from './engines.ts';
import { entireMessage, type Block, type FileFindings } from './findings.ts';
import { scannerLines } from './log-lines.ts';
import type { Settings } from './settings.ts';

export interface FileJudgeDeps {
  readonly settings: Settings;
  /** Loaded rules by file; what MailScanner.conf and its rulesets may name. */
  readonly fileRules: ReadonlyMap<string, readonly FileRule[]>;
  log(text: string): void;
  warn(text: string): void;
}

const longestMs = 1000;

type Check = 'Filename' | 'Filetype';
interface Hit {
  readonly file: UnpackedFile;
  readonly check: Check;
  readonly verdict: RuleVerdict;
}

export function judgeFiles(deps: FileJudgeDeps, message: ScannedMessage, unpacked: Unpacked): FileFindings {
  const files = unpacked.files.filter((file) => file.kind !== 'body' && isJudged(deps.settings, message, file));
  let now = '';
  const outcome = runBounded(longestMs, () => {
    const hits: Hit[] = [];
    for (const file of files)
      for (const check of ['Filename', 'Filetype'] as const) {
        now = `${check.toLowerCase()}.rules.conf on ${file.name}`;
        const verdict = judgeOne(deps, message, file, check);
        if (verdict) hits.push({ file, check, verdict });
      }
    return hits;
  });
  if (outcome.kind === 'done') return findings(deps, message, outcome.value);
  deps.warn(
    `${message.id}: a pattern of ${now} takes too long (cure: no repetition inside a repetition); message blocked`,
  );
  const report = 'MailScanner: Could not analyze message';
  return {
    blocks: [{ kind: 'content', partNumber: undefined, fileName: entireMessage, report, keep: true }],
    renames: new Map(),
    redirect: [],
  };
}

function isJudged(settings: Settings, message: ScannedMessage, file: UnpackedFile): boolean {
  if (file.container === 'uu') return settings.yes('Find UU-Encoded Files', message);
  return file.content !== undefined || settings.yes('Check Filenames In Password-Protected Archives', message);
}

/** Undefined when there is nothing to look at (the type of an encrypted file). */
function judgeOne(
  { settings, fileRules }: FileJudgeDeps,
  message: ScannedMessage,
  file: UnpackedFile,
  check: Check,
): RuleVerdict | undefined {
  const archives = settings.words('Archives Are', message);
  const isArchived = file.container !== undefined && archives.includes(file.container);
  const rules = [
    ...patternRules(settings.words(`Allow ${check}s`, message), 'allow', ''),
    ...patternRules(settings.words(`Deny ${check}s`, message), 'deny', `Denied ${check.toLowerCase()}`),
    ...settings
      .words(`${isArchived ? 'Archives: ' : ''}${check} Rules`, message)
      .flatMap((name) => fileRules.get(name) ?? []),
  ];
  if (check === 'Filename') return judgeFile(rules, file.names);
  if (file.content === undefined) return undefined;
  const { words, mimeType } = fileType(file.content);
  return judgeFile(rules, [words], mimeType);
}

function findings(deps: FileJudgeDeps, message: ScannedMessage, hits: readonly Hit[]): FileFindings {
  const { settings } = deps;
  const blocks: Block[] = [];
  const renames = new Map<string, string>();
  const redirect: string[] = [];
  for (const { file, check, verdict } of hits) {
    if (verdict.kind === 'allow' || verdict.kind === 'no-rule') {
      if (settings.yes(`Log Permitted ${check}s`, message))
        deps.log(scannerLines.fileAllowed(check, message.id, file.name, verdict.kind === 'no-rule'));
      continue;
    }
    deps.log(scannerLines.fileHit(check, verdict.logText, message.id, file.name));
    if (verdict.kind === 'redirect') redirect.push(...verdict.addresses);
    else if (verdict.kind === 'rename' && file.kind === 'attachment')
      renames.set(
        file.partNumber,
        (verdict.to ?? settings.text('Default Rename Pattern', message)).replaceAll('__FILENAME__', file.name),
      );
    // A file inside an archive cannot be renamed: the archive goes.
    else
      blocks.push({
        kind: 'filename',
        partNumber: file.partNumber,
        fileName: file.name,
        report: `MailScanner: ${verdict.userText || verdict.logText} (${file.name})`,
        keep: verdict.kind !== 'deny' || verdict.keep,
      });
  }
  return { blocks, renames, redirect };
}

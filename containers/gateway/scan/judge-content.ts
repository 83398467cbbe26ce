/**
 * judge-content - what is wrong with a message beside its files' names and viruses: sizes, archives that cannot be looked into, parts that are elsewhere, a structure that can be read in two ways.
 */
import type { ScannedMessage, Unpacked, UnpackProblem } from './engines.ts';
import { entireMessage, type Block } from './findings.ts';
import { scannerLines } from './log-lines.ts';
import type { Settings } from './settings.ts';

interface ContentDeps {
  readonly settings: Settings;
  log(text: string): void;
}

/** Told under "Other Checks": attachments and archives. */
export function* judgeAttachments(deps: ContentDeps, message: ScannedMessage, unpacked: Unpacked): Generator<Block> {
  const { settings, log } = deps;
  const attachments = unpacked.files.filter((file) => file.kind === 'attachment');
  const most = settings.number('Maximum Attachments Per Message', message);
  if (most >= 0 && attachments.length > most) yield whole('content', 'MailScanner: Too many attachments in message');
  const largest = settings.number('Maximum Attachment Size', message);
  const smallest = settings.number('Minimum Attachment Size', message);
  for (const { partNumber, name, content } of attachments) {
    const bytes = content?.length ?? 0;
    const what = largest >= 0 && bytes > largest ? 'large' : smallest > 0 && bytes < smallest ? 'small' : undefined;
    if (what !== undefined)
      yield {
        kind: 'size',
        partNumber,
        fileName: name,
        report: `MailScanner: Attachment is too ${what} (${name})`,
        keep: true,
      };
  }
  for (const problem of unpacked.problems) {
    if (problem.kind === 'partial-message' || problem.kind === 'external-body') continue;
    if (problem.kind === 'password-protected') log(scannerLines.passwordProtected(problem.name, message.id));
    const report = problemReport(settings, message, problem);
    if (report !== undefined) yield problemBlock(problem, report);
  }
}

/** Told under "Content Checks": the message itself. */
export function* judgeContent(deps: ContentDeps, message: ScannedMessage, unpacked: Unpacked): Generator<Block> {
  const { settings, log } = deps;
  const limit = settings.number('Maximum Message Size', message);
  if (limit > 0 && message.content.length > limit) {
    log(scannerLines.tooBig(message.id, limit));
    yield whole('size', `MailScanner: Message is bigger than ${limit} bytes`);
  }
  for (const problem of unpacked.problems) {
    if (problem.kind !== 'partial-message' && problem.kind !== 'external-body') continue;
    const report = problemReport(settings, message, problem);
    if (report !== undefined) yield problemBlock(problem, report);
  }
}

function whole(kind: Block['kind'], report: string): Block {
  return { kind, partNumber: undefined, fileName: entireMessage, report, keep: true };
}

function problemBlock(problem: UnpackProblem, report: string): Block {
  return {
    kind: problem.kind === 'password-protected' ? 'password' : 'content',
    partNumber: problem.partNumber,
    fileName: problem.partNumber === undefined ? entireMessage : problem.name,
    report: `MailScanner: ${report} (${problem.name})`,
    keep: true,
  };
}

/** What is said of the problem; undefined when the settings let it pass. */
function problemReport(settings: Settings, message: ScannedMessage, { kind }: UnpackProblem): string | undefined {
  switch (kind) {
    case 'password-protected':
      return settings.yes('Allow Password-Protected Archives', message)
        ? undefined
        : 'Password-protected archives are not allowed';
    case 'partial-message':
      return settings.yes('Allow Partial Messages', message)
        ? undefined
        : 'Fragmented messages cannot be scanned and are removed';
    case 'external-body':
      return settings.yes('Allow External Message Bodies', message)
        ? undefined
        : 'Message bodies stored outside of the message are not allowed';
    case 'archive-too-deep':
      return 'Message contained archive nested too deeply';
    case 'archive-too-big':
      return 'Message contained archive that is too large to open';
    case 'archive-unreadable':
      return 'Message contained an unreadable archive';
    case 'not-understood':
      return 'Could not analyze message';
  }
}

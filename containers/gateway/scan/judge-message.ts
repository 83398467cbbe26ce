/**
 * judge-message - everything that is found out about one message, and what follows from it; nothing is changed or delivered here.
 *
 * Order, as MailScanner has it: file names, file types, other content, viruses, spam. A message with a virus or forbidden content goes the way of infected mail whatever its spam score.
 */
import { splitAddress } from '#mail/address.ts';
import { parseActions, type SpamActions } from './parse-actions.ts';
import type {
  FileRules,
  Infection,
  ScannedMessage,
  SpamAnswer,
  SpamEngine,
  Unpack,
  Unpacked,
  VirusEngine,
} from './engines.ts';
import { scannerLines } from './log-lines.ts';
import type { Settings } from './settings.ts';

/** Why a part is taken out of a message. */
export interface Block {
  readonly kind: 'virus' | 'filename' | 'content' | 'size';
  /** Undefined: the message as a whole. */
  readonly partNumber: string | undefined;
  readonly fileName: string;
  /** For the warning and the notice. */
  readonly report: string;
}

export interface SpamVerdict {
  readonly level: 'not-spam' | 'spam' | 'high';
  readonly score: number;
  /** `spam, SpamAssassin (not cached, score=...)`, for header and log. */
  readonly text: string;
  readonly actions: SpamActions;
}

export type MessageVerdict =
  | {
      readonly kind: 'judged';
      readonly blocks: readonly Block[];
      readonly infections: readonly Infection[];
      /** All infections are of the kind that nobody is told of. */
      readonly isSilent: boolean;
      readonly spam: SpamVerdict | undefined;
      readonly unpacked: Unpacked;
    }
  /** Scan Messages = no. */
  | { readonly kind: 'not-scanned' }
  /** The virus engine did not work: try again, deliver nothing. */
  | { readonly kind: 'engine-failed'; readonly reason: string };

export interface JudgeDeps {
  readonly settings: Settings;
  readonly unpack: Unpack;
  readonly virus: VirusEngine;
  readonly spam: SpamEngine;
  readonly fileNames: FileRules;
  readonly fileTypes: FileRules;
  readonly archiveFileNames: FileRules;
  readonly archiveFileTypes: FileRules;
  log(text: string): void;
}

const mostUnpackedBytes = 200_000_000;
const mostFiles = 2000;

export async function judgeMessage(deps: JudgeDeps, message: ScannedMessage): Promise<MessageVerdict> {
  const { settings } = deps;
  if (!settings.yes('Scan Messages', message)) return { kind: 'not-scanned' };
  const unpacked = await deps.unpack(message, {
    maxArchiveDepth: settings.number('Maximum Archive Depth', message),
    maxTotalBytes: mostUnpackedBytes,
    maxFiles: mostFiles,
  });
  const content = [...judgeFiles(deps, message, unpacked), ...judgeContent(deps, message, unpacked)];
  if (content.length > 0) deps.log(scannerLines.otherProblems(content.length));
  const viruses =
    settings.yes('Virus Scanning', message) && !/^none$/i.test(settings.text('Virus Scanners'))
      ? await deps.virus.scan(message, unpacked, { wholeMessage: settings.yes('ClamAV Full Message Scan') })
      : undefined;
  if (viruses?.kind === 'failed') return { kind: 'engine-failed', reason: viruses.reason };
  const infections = viruses?.infections ?? [];
  for (const { virus, fileName } of infections)
    deps.log(scannerLines.infected(deps.virus.name, virus, message.id, fileName));
  const virusBlocks = infections.map((infection): Block => ({
    kind: 'virus',
    partNumber: infection.partNumber,
    fileName: infection.fileName,
    report: `${deps.virus.name}: ${infection.fileName} was infected: ${infection.virus}`,
  }));
  return {
    kind: 'judged',
    blocks: [...virusBlocks, ...content],
    infections,
    isSilent:
      infections.length > 0 && infections.every((infection) => isSilentVirus(settings, message, infection.virus)),
    spam: settings.yes('Spam Checks', message) ? await judgeSpam(deps, message) : undefined,
    unpacked,
  };
}

function* judgeFiles(deps: JudgeDeps, message: ScannedMessage, unpacked: Unpacked): Generator<Block> {
  const logAllowed = deps.settings.yes('Log Permitted Filenames', message);
  for (const file of unpacked.files) {
    if (file.kind === 'body') continue;
    const inArchive = file.kind === 'member';
    const checks = [
      ['Filename', inArchive ? deps.archiveFileNames : deps.fileNames],
      ['Filetype', inArchive ? deps.archiveFileTypes : deps.fileTypes],
    ] as const;
    for (const [check, rules] of checks) {
      const verdict = rules.judge(file);
      if (verdict.kind === 'deny' || verdict.kind === 'rename') {
        deps.log(scannerLines.fileHit(check, verdict.logText, message.id, file.name));
        yield {
          kind: 'filename',
          partNumber: file.partNumber,
          fileName: file.name,
          report: `MailScanner: ${verdict.userText || verdict.logText} (${file.name})`,
        };
      } else if (logAllowed) deps.log(scannerLines.fileAllowed(check, message.id, file.name));
    }
  }
}

function* judgeContent({ settings, log }: JudgeDeps, message: ScannedMessage, unpacked: Unpacked): Generator<Block> {
  const limit = settings.number('Maximum Message Size', message);
  if (limit > 0 && message.content.length > limit) {
    log(scannerLines.tooBig(message.id, limit));
    yield {
      kind: 'size',
      partNumber: undefined,
      fileName: 'the entire message',
      report: `MailScanner: Message is bigger than ${limit} bytes`,
    };
  }
  const attachments = unpacked.files.filter((file) => file.kind === 'attachment');
  const most = settings.number('Maximum Attachments Per Message', message);
  if (most >= 0 && attachments.length > most)
    yield {
      kind: 'content',
      partNumber: undefined,
      fileName: 'the entire message',
      report: 'MailScanner: Too many attachments in message',
    };
  const largest = settings.number('Maximum Attachment Size', message);
  for (const file of attachments)
    if (largest >= 0 && (file.content?.length ?? 0) > largest)
      yield {
        kind: 'size',
        partNumber: file.partNumber,
        fileName: file.name,
        report: `MailScanner: Attachment is too large (${file.name})`,
      };
  for (const problem of unpacked.problems) {
    const report = problemReport(settings, message, problem.kind);
    if (report === undefined) continue;
    if (problem.kind === 'password-protected') log(scannerLines.passwordProtected(problem.name, message.id));
    yield {
      kind: 'content',
      partNumber: problem.partNumber,
      fileName: problem.name,
      report: `MailScanner: ${report} (${problem.name})`,
    };
  }
}

/** What is said of the problem; undefined when the settings let it pass. */
function problemReport(
  settings: Settings,
  message: ScannedMessage,
  kind: Unpacked['problems'][number]['kind'],
): string | undefined {
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
    case 'too-many-attachments':
      return 'Too many attachments in message';
  }
}

/** Silent Viruses, less those named in Non-Forging Viruses. */
function isSilentVirus(settings: Settings, message: ScannedMessage, virus: string): boolean {
  const name = virus.toLowerCase();
  if (settings.words('Non-Forging Viruses', message).some((word) => name.includes(word.toLowerCase()))) return false;
  return settings
    .words('Silent Viruses', message)
    .some((word) => word.toLowerCase() === 'all-viruses' || name.includes(word.toLowerCase()));
}

async function judgeSpam(deps: JudgeDeps, message: ScannedMessage): Promise<SpamVerdict> {
  const { settings } = deps;
  const verdict = (level: SpamVerdict['level'], score: number, text: string): SpamVerdict => {
    const option = { 'not-spam': 'Non Spam Actions', spam: 'Spam Actions', high: 'High Scoring Spam Actions' }[level];
    return { level, score, text, actions: parseActions(settings.text(option, message)) };
  };
  const answer = await askSpamEngine(deps, message);
  const words =
    answer === undefined
      ? ''
      : typeof answer === 'string'
        ? answer
        : `SpamAssassin (${reportText(settings, message, answer)})`;
  const score = answer === undefined || typeof answer === 'string' ? 0 : answer.score;
  const isOverRequired = score >= settings.number('Required SpamAssassin Score', message) && typeof answer === 'object';
  if (settings.yes('Is Definitely Not Spam', message))
    return verdict('not-spam', score, `not spam (whitelisted)${words === '' ? '' : `, ${words}`}`);
  const isListed = settings.yes('Is Definitely Spam', message);
  const isHigh =
    (isOverRequired && score >= settings.number('High SpamAssassin Score', message)) ||
    (isListed && settings.yes('Definite Spam Is High Scoring', message));
  if (isHigh || isOverRequired || isListed)
    return verdict(
      isHigh ? 'high' : 'spam',
      score,
      `spam${isListed ? ' (blacklisted)' : ''}${words === '' ? '' : `, ${words}`}`,
    );
  return verdict('not-spam', score, `not spam${words === '' ? '' : `, ${words}`}`);
}

/** The engine's answer; a text when it was not asked or did not work. */
async function askSpamEngine(
  { settings, spam }: JudgeDeps,
  message: ScannedMessage,
): Promise<Extract<SpamAnswer, { kind: 'scored' }> | string | undefined> {
  if (!settings.yes('Use SpamAssassin', message)) return undefined;
  if (message.content.length > settings.number('Max Spam Check Size', message)) return '(too large)';
  const answer = await spam.check(message);
  return answer.kind === 'scored' ? answer : 'SpamAssassin (timed out)';
}

/** `not cached, score=-1, required 6, GTUBE 1000.00`. */
function reportText(
  settings: Settings,
  message: ScannedMessage,
  answer: Extract<SpamAnswer, { kind: 'scored' }>,
): string {
  const withScores = settings.yes('Include Scores In SpamAssassin Report', message);
  const hits = settings.yes('Detailed Spam Report', message)
    ? answer.hits.map((hit) => (withScores ? `${hit.rule} ${hit.score.toFixed(2)}` : hit.rule))
    : [];
  return [
    'not cached',
    `score=${answer.score}`,
    `required ${settings.number('Required SpamAssassin Score', message)}`,
    'autolearn=disabled',
    ...hits,
  ].join(', ');
}

/** Domains of the recipients, as in the log's `to`. */
export function recipientDomains(message: ScannedMessage): string {
  return [...new Set(message.recipients.map((recipient) => splitAddress(recipient).domain ?? ''))].join(',');
}

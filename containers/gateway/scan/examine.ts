/**
 * examine - the first stage of a batch: each message is unpacked, and its files are held against the file rules.
 *
 * Unpacked bytes are memory: when a batch has enough of them (Max Unsafe Bytes Per Scan), the rest of it waits for the next one.
 */
import { parseMime } from '#mail/mime.ts';
import type { QueuedMessage } from '#mta/message.ts';
import type { Infection, ScannedMessage, Unpack, Unpacked, UnpackedFile } from './engines.ts';
import type { Block } from './findings.ts';
import { judgeAttachments } from './judge-content.ts';
import { judgeFiles, type FileJudgeDeps } from './judge-files.ts';
import { scannerLines } from './log-lines.ts';
import { scannerId } from './message-id.ts';

export interface ExamineDeps extends FileJudgeDeps {
  readonly unpack: Unpack;
}

/** A message between the stages; later ones add what they find. */
export interface Examined {
  readonly held: QueuedMessage;
  readonly message: ScannedMessage;
  /** Scan Messages. */
  readonly isScanned: boolean;
  readonly unpacked: Unpacked;
  readonly renames: ReadonlyMap<string, string>;
  readonly redirect: readonly string[];
  blocks: readonly Block[];
  infections: readonly Infection[];
}

const mostUnpackedBytes = 100_000_000;
const mostFiles = 2000;

/** `taken`: how many of `waiting` were begun; the others wait. */
export async function examineFiles(
  deps: ExamineDeps,
  waiting: readonly QueuedMessage[],
): Promise<{ messages: readonly Examined[]; taken: number }> {
  const messages: Examined[] = [];
  const number = createNumbering();
  let bytes = 0;
  let taken = 0;
  for (const held of waiting) {
    if (taken > 0 && bytes > deps.settings.number('Max Unsafe Bytes Per Scan')) break;
    taken += 1;
    const message = toScanned(held);
    try {
      const each = await examineOne(deps, held, message, number);
      messages.push(each);
      bytes += each.unpacked.files.reduce((sum, file) => sum + (file.content?.length ?? 0), 0);
    } catch (error) {
      deps.warn(`message ${message.id} stays in hold: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const problems = messages.reduce((sum, each) => sum + each.blocks.length, 0);
  if (problems > 0) deps.log(scannerLines.otherProblems(problems));
  return { messages, taken };
}

async function examineOne(
  deps: ExamineDeps,
  held: QueuedMessage,
  message: ScannedMessage,
  number: (file: UnpackedFile) => UnpackedFile,
): Promise<Examined> {
  const { settings } = deps;
  const common = { held, message, infections: [] };
  const nothing = { renames: new Map<string, string>(), redirect: [], blocks: [] };
  if (!settings.yes('Scan Messages', message))
    return { ...common, ...nothing, isScanned: false, unpacked: { files: [], problems: [] } };
  const found = await deps.unpack(message, {
    maxArchiveDepth: settings.number('Maximum Archive Depth', message),
    maxTotalBytes: mostUnpackedBytes,
    maxFiles: mostFiles,
  });
  const unpacked = { ...found, files: found.files.map(number) };
  if (!settings.yes('Dangerous Content Scanning', message)) return { ...common, ...nothing, isScanned: true, unpacked };
  const files = judgeFiles(deps, message, unpacked);
  return {
    ...common,
    ...files,
    isScanned: true,
    unpacked,
    blocks: [...files.blocks, ...judgeAttachments(deps, message, unpacked)],
  };
}

/** Members of archives get a number before their name, so that two of one name stay apart in reports and in quarantine. */
function createNumbering(): (file: UnpackedFile) => UnpackedFile {
  let next = 1;
  return (file) => (file.kind === 'member' ? { ...file, name: `${next++}${file.name}` } : file);
}

function toScanned(held: QueuedMessage): ScannedMessage {
  const { client } = held.origin;
  return {
    id: scannerId(held.queueId, held.content),
    queueId: held.queueId,
    clientAddress: client?.address ?? '127.0.0.1',
    clientName: client?.name ?? 'localhost',
    isClientSpoofed: client?.nameStatus === 'forward-mismatch',
    reversePath: held.envelope.reversePath,
    recipients: held.envelope.recipients.map((recipient) => recipient.address),
    heloName: held.origin.heloName ?? '',
    content: held.content,
    mime: parseMime(held.content),
  };
}

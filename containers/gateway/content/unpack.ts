/**
 * unpack - all the files in a message: body parts, attachments, and what lies in zip archives, down to the allowed depth.
 *
 * Names come from the sender: they lose paths and control characters before anything prints or stores them. Limits on depth, files and unpacked bytes stop archive bombs: the message is then reported, not opened further.
 *
 * Limits: zip is the only archive format that is opened; others are judged by name and type.
 */
import type { Readable } from 'node:stream';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
import { decodeBody, leafParts } from '#mail/mime.ts';
import type { ScannedMessage, Unpacked, UnpackedFile, UnpackLimits, UnpackProblem } from '../scan/engines.ts';

interface Work {
  readonly limits: UnpackLimits;
  readonly files: UnpackedFile[];
  readonly problems: UnpackProblem[];
  bytes: number;
}

/** Opens everything that may be opened. Never throws for bad content. */
export async function unpack(message: ScannedMessage, limits: UnpackLimits): Promise<Unpacked> {
  const work: Work = { limits, files: [], problems: [], bytes: 0 };
  for (const [index, part] of leafParts(message.mime).entries()) {
    const partNumber = part.partNumber === '' ? '1' : part.partNumber;
    if (part.contentType === 'message/partial')
      work.problems.push({ kind: 'partial-message', partNumber, name: 'message/partial' });
    if (part.contentType === 'message/external-body')
      work.problems.push({ kind: 'external-body', partNumber, name: 'message/external-body' });
    const content = decodeBody(message.content, part);
    const isBody =
      part.fileName === undefined && part.disposition !== 'attachment' && part.contentType.startsWith('text/');
    const name =
      part.fileName === undefined
        ? `msg-${index + 1}.${part.contentType === 'text/html' ? 'html' : isBody ? 'txt' : 'dat'}`
        : safeName(part.fileName);
    work.files.push({ name, partNumber, kind: isBody ? 'body' : 'attachment', within: [], content });
    if (isZip(content)) await openZip(work, content, partNumber, [name]);
  }
  return work;
}

/** The last part of a path, without control characters, never empty and never long. */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  const clean = last.replace(/[\u0000-\u001f\u007f-\u009f]/g, '_').trim();
  return clean === '' || /^\.+$/.test(clean) ? 'unnamed' : clean.slice(-150);
}

function isZip(content: Buffer): boolean {
  return content.length > 22 && content.readUInt32LE(0) === 0x04034b50;
}

async function openZip(work: Work, content: Buffer, partNumber: string, within: readonly string[]): Promise<void> {
  const name = within.at(-1) ?? '';
  const problem = (kind: UnpackProblem['kind']): void => void work.problems.push({ kind, partNumber, name });
  if (within.length > work.limits.maxArchiveDepth)
    return work.limits.maxArchiveDepth === 0 ? undefined : problem('archive-too-deep');
  try {
    const archive = await openArchive(content);
    try {
      for await (const entry of entriesOf(archive)) {
        if (work.files.length >= work.limits.maxFiles) return problem('archive-too-big');
        if (/\/$/.test(entry.fileName)) continue;
        await takeMember(work, archive, entry, partNumber, within, problem);
      }
    } finally {
      archive.close();
    }
  } catch {
    problem('archive-unreadable');
  }
}

async function takeMember(
  work: Work,
  archive: ZipFile,
  entry: Entry,
  partNumber: string,
  within: readonly string[],
  problem: (kind: UnpackProblem['kind']) => void,
): Promise<void> {
  const name = safeName(entry.fileName);
  const isEncrypted = (entry.generalPurposeBitFlag & 1) !== 0; // APPNOTE.TXT section 4.4.4
  if (isEncrypted) {
    problem('password-protected');
    work.files.push({ name, partNumber, kind: 'member', within, content: undefined });
    return;
  }
  if (work.bytes + entry.uncompressedSize > work.limits.maxTotalBytes) return problem('archive-too-big');
  const member = await readMember(archive, entry, work.limits.maxTotalBytes - work.bytes);
  work.bytes += member.length;
  work.files.push({ name, partNumber, kind: 'member', within, content: member });
  if (isZip(member)) await openZip(work, member, partNumber, [...within, name]);
}

function openArchive(content: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    fromBuffer(
      content,
      { lazyEntries: true, validateEntrySizes: true, strictFileNames: false, decodeStrings: true },
      (error, archive) => (error || !archive ? reject(error) : resolve(archive)),
    ),
  );
}

async function* entriesOf(archive: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const { promise, resolve, reject } = Promise.withResolvers<Entry | undefined>();
    const listeners = { entry: resolve, end: () => resolve(undefined), error: reject } as const;
    for (const [event, listener] of Object.entries(listeners)) archive.once(event, listener);
    archive.readEntry();
    const entry = await promise.finally(() => {
      for (const [event, listener] of Object.entries(listeners)) archive.removeListener(event, listener);
    });
    if (!entry) return;
    yield entry;
  }
}

/** Sizes in an archive's directory may lie: what comes out is counted. */
async function readMember(archive: ZipFile, entry: Entry, mostBytes: number): Promise<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) =>
    archive.openReadStream(entry, (error, opened) => (error || !opened ? reject(error) : resolve(opened))),
  );
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error('archive member larger than allowed');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

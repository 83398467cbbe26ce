/**
 * open-zip - the members of a zip archive (APPNOTE.TXT), one after another, never more bytes than allowed.
 *
 * An archive is known by its end record, not by its name or its first bytes: archivers open a zip with any text before it, so that text is cut off.
 */
import type { Readable } from 'node:stream';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
import type { Member, MemberLimits } from './member.ts';

const endRecord = Buffer.from('PK\u0005\u0006', 'latin1');
const localHeader = Buffer.from('PK\u0003\u0004', 'latin1');

/** Where the archive begins in `content`; undefined when there is none. */
export function findZip(content: Buffer): number | undefined {
  const end = content.lastIndexOf(endRecord);
  if (content.subarray(0, 4).equals(localHeader)) return 0;
  if (end < 0 || end + 22 > content.length) return undefined;
  const start = end - content.readUInt32LE(end + 12) - content.readUInt32LE(end + 16);
  const directory = content.subarray(start + content.readUInt32LE(end + 16));
  return start >= 0 && directory.subarray(0, 4).equals(Buffer.from('PK\u0001\u0002', 'latin1')) ? start : undefined;
}

/** @throws Error for an archive that cannot be read. */
export async function* zipMembers(content: Buffer, limits: MemberLimits): AsyncGenerator<Member> {
  const archive = await openArchive(content.subarray(findZip(content) ?? 0));
  try {
    for await (const entry of entriesOf(archive)) {
      const [name = '', ...otherNames] = namesOf(entry);
      if (!name.endsWith('/')) yield await readEntry(archive, entry, { name, otherNames }, limits);
    }
  } finally {
    archive.close();
  }
}

async function readEntry(
  archive: ZipFile,
  entry: Entry,
  names: { name: string; otherNames: readonly string[] },
  limits: MemberLimits,
): Promise<Member> {
  // APPNOTE.TXT section 4.4.4, bit 0
  if ((entry.generalPurposeBitFlag & 1) !== 0) return { kind: 'encrypted', ...names };
  const most = limits.bytesLeft();
  if (entry.uncompressedSize > most) return { kind: 'too-big', name: names.name };
  const content = await readMember(archive, entry, most);
  return content ? { kind: 'file', ...names, content } : { kind: 'too-big', name: names.name };
}

/** The name, and the second one of the Info-ZIP Unicode Path field (APPNOTE.TXT section 4.6.9), which some archivers prefer. */
function namesOf(entry: Entry): string[] {
  const raw: unknown = entry.fileName;
  const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from(String(raw));
  const isUtf8 = (entry.generalPurposeBitFlag & 0x800) !== 0;
  const unicode = entry.extraFields.filter((field) => field.id === 0x7075 && field.data.length > 5);
  return [bytes.toString(isUtf8 ? 'utf8' : 'latin1'), ...unicode.map((field) => field.data.toString('utf8', 5))];
}

function openArchive(content: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    fromBuffer(
      content,
      // Names are decoded here: with its own decoding the library refuses an archive whose names climb out, and we would not see what it holds.
      { lazyEntries: true, validateEntrySizes: true, strictFileNames: false, decodeStrings: false },
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

/** Sizes in an archive's directory may lie: what comes out is counted. Undefined when it is more than allowed. */
async function readMember(archive: ZipFile, entry: Entry, mostBytes: number): Promise<Buffer | undefined> {
  const stream = await new Promise<Readable>((resolve, reject) =>
    archive.openReadStream(entry, (error, opened) => (error || !opened ? reject(error) : resolve(opened))),
  );
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

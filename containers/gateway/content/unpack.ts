/**
 * unpack - all the files in a message: body parts, attachments, and what lies in archives, down to the allowed depth.
 *
 * Names come from the sender: they lose paths and control characters before anything prints or stores them. Limits on depth, files and unpacked bytes stop archive bombs: the
 * message is then reported, not opened further. A message whose structure readers may understand in different ways is reported too: what is not understood is not passed.
 *
 * Limits: zip, gzip, tar and uuencode are opened; rar, 7z, bzip2, cab and TNEF (winmail.dat) are judged by name and type only.
 */
import { leafParts, type MimePart } from '#mail/mime.ts';
import { setImmediate as turn } from 'node:timers/promises';
import type { ScannedMessage, Unpacked, UnpackedFile, UnpackLimits, UnpackProblem } from '../scan/engines.ts';
import { decodePart } from './decode-part.ts';
import { nameCandidates, partNames, safeName } from './file-names.ts';
import { findAmbiguity } from './find-ambiguity.ts';
import type { Member, MemberLimits } from './member.ts';
import { gzipMembers, isGzip } from './open-gzip.ts';
import { isTar, tarMembers } from './open-tar.ts';
import { findZip, zipMembers } from './open-zip.ts';
import { findUuFiles } from './uuencode.ts';

interface Work {
  readonly limits: UnpackLimits;
  readonly files: UnpackedFile[];
  readonly problems: UnpackProblem[];
  bytes: number;
}

/** Opens everything that may be opened. Never throws for bad content. */
export async function unpack(message: ScannedMessage, limits: UnpackLimits): Promise<Unpacked> {
  const work: Work = { limits, files: [], problems: [], bytes: 0 };
  const ambiguity = findAmbiguity(message.content, message.mime);
  if (ambiguity) work.problems.push({ kind: 'not-understood', partNumber: undefined, name: ambiguity });
  for (const [index, part] of leafParts(message.mime).entries()) {
    await takePart(work, message, part, index + 1);
    await turn(); // other hosts live in this process too
  }
  return work;
}

async function takePart(work: Work, message: ScannedMessage, part: MimePart, number: number): Promise<void> {
  const partNumber = part.partNumber === '' ? '1' : part.partNumber;
  if (part.contentType === 'message/partial')
    work.problems.push({ kind: 'partial-message', partNumber, name: 'message/partial' });
  if (part.contentType === 'message/external-body')
    work.problems.push({ kind: 'external-body', partNumber, name: 'message/external-body' });
  const content = decodePart(message.content, part);
  const given = partNames(part);
  const isBody = given.length === 0 && part.disposition !== 'attachment' && part.contentType.startsWith('text/');
  const nameless = `msg-${number}.${part.contentType === 'text/html' ? 'html' : isBody ? 'txt' : 'dat'}`;
  const name = given[0] === undefined ? nameless : safeName(given[0]);
  work.files.push({
    name,
    names: given.length === 0 ? [nameless] : nameCandidates(given),
    partNumber,
    kind: isBody ? 'body' : 'attachment',
    container: undefined,
    within: [],
    content,
  });
  for (const file of findUuFiles(content, 100))
    await takeMember(work, { kind: 'file', ...file }, { partNumber, within: [name], container: 'uu' });
  await openArchive(work, content, partNumber, [name]);
}

/** Opens `content` if it is an archive. */
async function openArchive(work: Work, content: Buffer, partNumber: string, within: readonly string[]): Promise<void> {
  const name = within.at(-1) ?? '';
  const limits: MemberLimits = { bytesLeft: () => work.limits.maxTotalBytes - work.bytes };
  const opened = recognise(content, name, limits);
  if (!opened) return;
  const seen = new Set<UnpackProblem['kind']>();
  const problem = (kind: UnpackProblem['kind']): void => {
    if (!seen.has(kind)) work.problems.push({ kind, partNumber, name });
    seen.add(kind);
  };
  if (within.length > work.limits.maxArchiveDepth)
    return work.limits.maxArchiveDepth === 0 ? undefined : problem('archive-too-deep');
  try {
    for await (const member of opened.members) {
      if (work.files.length >= work.limits.maxFiles) return problem('archive-too-big');
      if (member.kind === 'too-big') return problem('archive-too-big');
      if (member.kind === 'encrypted') problem('password-protected');
      await takeMember(work, member, { partNumber, within, container: opened.container });
    }
  } catch {
    problem('archive-unreadable');
  }
}

function recognise(
  content: Buffer,
  name: string,
  limits: MemberLimits,
): { container: 'zip' | 'tar' | 'gzip'; members: AsyncIterable<Member> | Iterable<Member> } | undefined {
  if (isGzip(content)) return { container: 'gzip', members: gzipMembers(content, name, limits) };
  if (isTar(content)) return { container: 'tar', members: tarMembers(content) };
  return findZip(content) === undefined ? undefined : { container: 'zip', members: zipMembers(content, limits) };
}

async function takeMember(
  work: Work,
  member: Exclude<Member, { kind: 'too-big' }>,
  place: Pick<UnpackedFile, 'partNumber' | 'within' | 'container'>,
): Promise<void> {
  const name = safeName(member.name);
  const content = member.kind === 'file' ? member.content : undefined;
  work.bytes += content?.length ?? 0;
  work.files.push({
    name,
    names: nameCandidates([member.name, ...(member.otherNames ?? [])]),
    kind: 'member',
    content,
    ...place,
  });
  if (content) await openArchive(work, content, place.partNumber, [...place.within, name]);
}

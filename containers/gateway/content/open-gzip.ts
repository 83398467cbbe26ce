/**
 * open-gzip - the one file in a gzip file (RFC 1952); no more comes out than is allowed.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Member, MemberLimits } from './member.ts';

const unpackGzip = promisify(gunzip);

export function isGzip(content: Buffer): boolean {
  return content.length >= 18 && content.readUInt16BE(0) === 0x1f8b;
}

/** @throws Error for a damaged file. */
export async function* gzipMembers(content: Buffer, name: string, limits: MemberLimits): AsyncGenerator<Member> {
  const inner = /\.tgz$/i.test(name) ? name.replace(/\.tgz$/i, '.tar') : name.replace(/\.gz$/i, '');
  try {
    yield {
      kind: 'file',
      name: inner,
      content: await unpackGzip(content, { maxOutputLength: Math.max(1, limits.bytesLeft()) }),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    yield { kind: 'too-big', name: inner };
  }
}

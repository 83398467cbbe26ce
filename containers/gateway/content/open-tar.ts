/**
 * open-tar - the members of a tar archive (IEEE Std 1003.1 pax, ustar; GNU long names).
 */
import type { Member } from './member.ts';

const block = 512;

/** By its checksum, since the oldest archives have no magic. */
export function isTar(content: Buffer): boolean {
  if (content.length < block || content[0] === 0) return false;
  const field = text(content.subarray(148, 156)).trim();
  if (!/^[0-7]{1,7}$/.test(field)) return false;
  const sum = content.subarray(0, block).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum === parseInt(field, 8);
}

/** @throws Error for an archive that ends in the middle of a member. */
export function* tarMembers(content: Buffer): Generator<Member> {
  let position = 0;
  let longName: string | undefined;
  while (position + block <= content.length) {
    const header = content.subarray(position, position + block);
    if (header.every((byte) => byte === 0)) return;
    if (!isTar(content.subarray(position))) throw new Error('damaged tar header');
    const size = readSize(header.subarray(124, 136));
    const start = position + block;
    if (start + size > content.length) throw new Error('tar archive ends early');
    const body = content.subarray(start, start + size);
    const type = String.fromCharCode(header[156] ?? 0);
    position = start + Math.ceil(size / block) * block;
    if (type === 'L') longName = text(body);
    else if (type === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1] ?? longName;
    else {
      const prefix = text(header.subarray(345, 500));
      const name = longName ?? `${prefix === '' ? '' : `${prefix}/`}${text(header.subarray(0, 100))}`;
      longName = undefined;
      if (type === '0' || type === '\0' || type === '7') yield { kind: 'file', name, content: body };
    }
  }
}

/** Octal digits, or base 256 for large files (GNU). @throws Error for neither. */
function readSize(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0);
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('damaged tar header');
  return digits === '' ? 0 : parseInt(digits, 8);
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

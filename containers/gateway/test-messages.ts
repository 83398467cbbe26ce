/**
 * test-messages - mail to test a scanner with: attachments, archives, and the two test texts, all built at run time.
 *
 * EICAR and GTUBE are put together from halves, so that no scanner takes this source for the thing itself.
 */
import { crc32, deflateRawSync } from 'node:zlib';

export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-', 'TEST-FILE!$H+H*'].join('');
export const gtube = ['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'].join('');

export interface Attachment {
  readonly name: string;
  readonly content: Buffer | string;
  readonly type?: string;
  readonly encoding?: 'base64' | 'quoted-printable' | '7bit';
  /** Header lines in place of the usual three. */
  readonly headers?: readonly string[];
}

/** A multipart/mixed body with its header lines: text first, then the attachments. CRLF line ends. */
export function mixed(text: string, attachments: readonly Attachment[]): string {
  const boundary = 'b0undary';
  const parts = attachments.map((each) => {
    const content = typeof each.content === 'string' ? Buffer.from(each.content, 'latin1') : each.content;
    const encoding = each.encoding ?? 'base64';
    const headers = each.headers ?? [
      `Content-Type: ${each.type ?? 'application/octet-stream'}; name="${each.name}"`,
      `Content-Disposition: attachment; filename="${each.name}"`,
      `Content-Transfer-Encoding: ${encoding}`,
    ];
    return `${headers.join('\r\n')}\r\n\r\n${encode(content, encoding)}`;
  });
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    ...[`Content-Type: text/plain; charset=us-ascii\r\n\r\n${text}`, ...parts].map(
      (part) => `--${boundary}\r\n${part}`,
    ),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}

function encode(content: Buffer, encoding: string): string {
  if (encoding === 'base64') return content.toString('base64').replace(/.{76}/g, '$&\r\n');
  if (encoding === '7bit') return content.toString('latin1');
  return [...content].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

export interface ZipMember {
  readonly name: string;
  readonly content: Buffer | string;
  readonly isEncrypted?: boolean;
  /** What the archive claims, when that is not so. */
  readonly claimedBytes?: number;
}

/** A zip archive (APPNOTE.TXT): deflated members, a directory, an end record. */
export function zip(members: readonly ZipMember[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, isEncrypted = false, claimedBytes } of members) {
    const plain = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    const packed = deflateRawSync(plain);
    const bytes = Buffer.from(name, 'utf8');
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE((isEncrypted ? 1 : 0) | 0x800, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(plain), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claimedBytes ?? plain.length, 18);
    fields.writeUInt16LE(bytes.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    bodies.push(Buffer.from('PK\u0003\u0004', 'latin1'), fields, bytes, packed);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), fields, tail, bytes);
    offset += 30 + bytes.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, list, Buffer.from('PK\u0005\u0006', 'latin1'), end]);
}

/** A tar archive with one member (ustar). */
export function tar(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 'latin1');
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        0', 148, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content, 'latin1');
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}

/** `begin 644 NAME ... end`. */
export function uuencode(name: string, content: string): string {
  const lines: string[] = [];
  for (let at = 0; at < content.length; at += 45) {
    const chunk = Buffer.from(content.slice(at, at + 45), 'latin1');
    let line = String.fromCharCode(32 + chunk.length);
    for (let index = 0; index < chunk.length; index += 3) {
      const [a = 0, b = 0, c = 0] = chunk.subarray(index, index + 3);
      for (const six of [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63])
        line += six === 0 ? '`' : String.fromCharCode(32 + six);
    }
    lines.push(line);
  }
  return [`begin 644 ${name}`, ...lines, '`', 'end', ''].join('\r\n');
}

/**
 * samples - harmless stand-ins for what a filter must stop: GTUBE, the EICAR test file, and archives around it.
 *
 * Put together at run time, so that neither a virus scanner on this machine nor one in a repository trips over the source.
 */
import { crc32 } from 'node:zlib';

export type SampleKind =
  'gtube' | 'eicar' | 'eicar-base64' | 'eicar-zip' | 'eicar-zip-zip' | 'eicar-renamed' | 'zip-password';

export interface Sample {
  /** Text for the body; '' when it comes as a file. */
  readonly text: string;
  readonly attachment:
    { readonly fileName: string; readonly content: Buffer; readonly contentType: string } | undefined;
}

const gtube = ['XJS*C4JDBQADN1.NSBN3*2IDNEN', 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL', 'C.34X'].join('*');
const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', 'STANDARD', 'ANTIVIRUS', 'TEST', 'FILE!$H+H*'].join('-');

/** The sample of that kind. */
export function sampleOf(kind: SampleKind): Sample {
  const file = (fileName: string, content: Buffer, contentType = 'application/octet-stream'): Sample => ({
    text: '',
    attachment: { fileName, content, contentType },
  });
  const virus = Buffer.from(eicar, 'latin1');
  switch (kind) {
    case 'gtube':
      return { text: gtube, attachment: undefined };
    case 'eicar':
    case 'eicar-base64':
      return file('eicar.com', virus);
    case 'eicar-zip':
      return file('eicar.zip', zipOf('eicar.com', virus), 'application/zip');
    case 'eicar-zip-zip':
      return file('outer.zip', zipOf('inner.zip', zipOf('eicar.com', virus)), 'application/zip');
    case 'eicar-renamed':
      return file('holiday.txt', virus, 'text/plain');
    case 'zip-password':
      return file('secret.zip', zipOf('secret.txt', Buffer.from('not readable'), true), 'application/zip');
  }
}

/** A zip archive with one stored member (APPNOTE.TXT sections 4.3.7, 4.3.12, 4.3.16); `encrypted` only sets the flag and a 12-byte header. */
export function zipOf(name: string, content: Buffer, encrypted = false): Buffer {
  const stored = encrypted ? Buffer.concat([Buffer.alloc(12, 0x5a), content]) : content;
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(encrypted ? 1 : 0, 2);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(stored.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, Buffer.from(name), stored]);
  const tail = Buffer.alloc(14);
  const central = Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), common, tail, Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

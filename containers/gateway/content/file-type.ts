/**
 * file-type - what a file is by its first bytes, in the words of file(1) and as a MIME type, for filetype.rules.conf.
 *
 * Limits: a few dozen types, those that rules name; anything else is `data`, or text when it is.
 */

export interface FileType {
  readonly words: string;
  readonly mimeType: string;
}

const magics: readonly (readonly [bytes: string, words: string, mimeType: string, offset?: number])[] = [
  ['7f454c46', 'ELF 64-bit LSB executable', 'application/x-executable'],
  ['504b0304', 'Zip archive data', 'application/zip'],
  ['504b0506', 'Zip archive data (empty)', 'application/zip'],
  ['52617221', 'RAR archive data', 'application/x-rar'],
  ['377abcaf271c', '7-zip archive data', 'application/x-7z-compressed'],
  ['1f8b', 'gzip compressed data', 'application/gzip'],
  ['425a68', 'bzip2 compressed data', 'application/x-bzip2'],
  ['fd377a585a00', 'XZ compressed data', 'application/x-xz'],
  ['4d534346', 'Microsoft Cabinet archive data', 'application/vnd.ms-cab-compressed'],
  ['60ea', 'ARJ archive data', 'application/x-arj'],
  ['789f3e22', 'Transport Neutral Encapsulation Format', 'application/vnd.ms-tnef'],
  ['25504446', 'PDF document', 'application/pdf'],
  ['252150532d41646f6265', 'PostScript document text', 'application/postscript'],
  ['d0cf11e0a1b11ae1', 'Composite Document File V2 Document', 'application/CDFV2'],
  ['ffd8ff', 'JPEG image data', 'image/jpeg'],
  ['89504e47', 'PNG image data', 'image/png'],
  ['47494638', 'GIF image data', 'image/gif'],
  ['52494646', 'RIFF (little-endian) data', 'application/octet-stream'],
  ['cafebabe', 'compiled Java class data', 'application/x-java-applet'],
  ['4c00000001140200', 'MS Windows shortcut', 'application/x-ms-shortcut'],
  ['52454745444954', 'Windows Registry text (Win95 or above)', 'text/x-ms-regedit'],
  ['57696e646f777320526567697374727920456469746f72', 'Windows Registry text (Win2K or above)', 'text/x-ms-regedit'],
  ['2321', 'script, ASCII text executable', 'text/x-shellscript'],
  ['58354f2150254041505b345c505a58353428505e2937434329377d24', 'EICAR virus test files', 'text/plain'],
  ['7573746172', 'POSIX tar archive', 'application/x-tar', 257],
];

/** The type of these bytes. */
export function fileType(content: Buffer): FileType {
  if (content.length === 0) return { words: 'empty', mimeType: 'inode/x-empty' };
  if (content.length >= 2 && content.toString('latin1', 0, 2) === 'MZ') return windowsProgram(content);
  for (const [hex, words, mimeType, offset = 0] of magics) {
    const magic = Buffer.from(hex, 'hex');
    if (content.subarray(offset, offset + magic.length).equals(magic)) return { words, mimeType };
  }
  const head = content.subarray(0, 1024);
  if (head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127)))
    return {
      words: /<html/i.test(head.toString('latin1')) ? 'HTML document, ASCII text' : 'ASCII text',
      mimeType: 'text/plain',
    };
  return head.includes(0)
    ? { words: 'data', mimeType: 'application/octet-stream' }
    : { words: 'UTF-8 Unicode text', mimeType: 'text/plain' };
}

/** The word at 0x3c says where the newer header is, if there is one. */
function windowsProgram(content: Buffer): FileType {
  const at = content.length >= 64 ? content.readUInt32LE(0x3c) : 0;
  const words =
    content.toString('latin1', at, at + 2) === 'PE'
      ? 'PE32 executable (GUI) Intel 80386, for MS Windows'
      : 'MS-DOS executable';
  return { words, mimeType: 'application/x-dosexec' };
}

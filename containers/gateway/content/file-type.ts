/**
 * file-type - what a file is by its first bytes, in the words of file(1), for filetype.rules.conf.
 *
 * Limits: a few dozen types, those that rules name; anything else is `data`, or `ASCII text` when it is.
 */

const magics: readonly (readonly [bytes: string, words: string, offset?: number])[] = [
  ['4d5a', 'PE32 executable (GUI) Intel 80386, for MS Windows'],
  ['7f454c46', 'ELF 64-bit LSB executable'],
  ['504b0304', 'Zip archive data'],
  ['504b0506', 'Zip archive data (empty)'],
  ['52617221', 'RAR archive data'],
  ['377abcaf271c', '7-zip archive data'],
  ['1f8b', 'gzip compressed data'],
  ['425a68', 'bzip2 compressed data'],
  ['4d534346', 'Microsoft Cabinet archive data'],
  ['25504446', 'PDF document'],
  ['252150532d41646f6265', 'PostScript document text'],
  ['d0cf11e0a1b11ae1', 'Composite Document File V2 Document'],
  ['ffd8ff', 'JPEG image data'],
  ['89504e47', 'PNG image data'],
  ['47494638', 'GIF image data'],
  ['cafebabe', 'compiled Java class data'],
  ['52454745444954', 'Windows Registry text (Win95 or above)'],
  ['2321', 'script, ASCII text executable'],
  ['7573746172', 'POSIX tar archive', 257],
];

/** The words for these bytes. */
export function fileTypeWords(content: Buffer): string {
  if (content.length === 0) return 'empty';
  for (const [hex, words, offset = 0] of magics) {
    const magic = Buffer.from(hex, 'hex');
    if (content.subarray(offset, offset + magic.length).equals(magic)) return words;
  }
  const head = content.subarray(0, 1024);
  if (head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))) return 'ASCII text';
  return head.includes(0) ? 'data' : 'UTF-8 Unicode text';
}

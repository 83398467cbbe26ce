/**
 * uuencode - files written into a text with `begin 644 NAME`, from before MIME (IEEE Std 1003.1, uuencode).
 */

export interface UuFile {
  readonly name: string;
  readonly content: Buffer;
}

/** Every uuencoded file in a text, at most `most`; one without its `end` counts as far as it goes. */
export function findUuFiles(text: Buffer, most: number): UuFile[] {
  const files: UuFile[] = [];
  const begin = /^begin [0-7]{3,4} ([^\r\n]{1,1000})\r?$/gm;
  const whole = text.toString('latin1');
  for (let match = begin.exec(whole); match && files.length < most; match = begin.exec(whole)) {
    const { content, end } = decodeLines(whole, begin.lastIndex + 1);
    if (content.length > 0) files.push({ name: match[1] ?? '', content });
    begin.lastIndex = Math.max(end, begin.lastIndex);
  }
  return files;
}

export function decodeFirstUu(text: Buffer): Buffer | undefined {
  return findUuFiles(text, 1)[0]?.content;
}

function decodeLines(text: string, start: number): { content: Buffer; end: number } {
  const lines: Buffer[] = [];
  let position = start;
  while (position < text.length) {
    const newline = text.indexOf('\n', position);
    const next = newline < 0 ? text.length : newline;
    const line = text.slice(position, next).replace(/\r$/, '');
    const bytes = decodeLine(line);
    if (!bytes) break;
    lines.push(bytes);
    position = next + 1;
  }
  return { content: Buffer.concat(lines), end: position };
}

/** Undefined at `end`, at the empty line before it, and at anything that is no such line. */
function decodeLine(line: string): Buffer | undefined {
  if (!/^[\x20-\x60]+$/.test(line)) return undefined;
  const length = (line.charCodeAt(0) - 32) & 63;
  if (length === 0) return undefined;
  const bytes: number[] = [];
  for (let at = 1; at < line.length && bytes.length < length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = [...line.slice(at, at + 4)].map((letter) => (letter.charCodeAt(0) - 32) & 63);
    bytes.push((a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d);
  }
  return Buffer.from(bytes.slice(0, length));
}

/**
 * header - a message's header section as a list of fields, byte for byte (RFC 5322 section 2.2).
 *
 * Order and spelling are kept: trace fields only make sense in order. Values may be folded; `unfold` joins them. Bytes are read as latin1 so that
 * every message, however broken, can be written back unchanged.
 */

export interface HeaderField {
  /** As written, without the colon. */
  readonly name: string;
  /** Everything after the colon up to, not including, the last line end; folds kept. */
  readonly value: string;
}

export interface HeaderSection {
  readonly fields: readonly HeaderField[];
  /** Offset of the first body byte (after the empty line), or the content's length. */
  readonly bodyStart: number;
}

/** Reads fields until an empty line or a line that is no field. `content` may use LF or CRLF. */
export function readHeaders(content: Uint8Array, start = 0, end = content.length): HeaderSection {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const fields: { name: string; value: string }[] = [];
  let position = start;
  while (position < end) {
    const newline = bytes.indexOf(0x0a, position);
    const lineEnd = newline < 0 || newline >= end ? end : newline;
    const line = bytes.toString('latin1', position, lineEnd).replace(/\r$/, '');
    const next = Math.min(lineEnd + 1, end);
    if (line === '') return { fields, bodyStart: next };
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) last.value += `\n${line}`;
    else {
      const field = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line);
      if (!field) return { fields, bodyStart: position };
      fields.push({ name: field[1] ?? '', value: (field[2] ?? '').replace(/^[ \t]/, '') });
    }
    position = next;
  }
  return { fields, bodyStart: end };
}

/** One logical line: folds become their white space (RFC 5322 section 2.2.3). */
export function unfold(value: string): string {
  return value.replace(/\r?\n(?=[ \t])/g, '');
}

/** Values of all fields of that name (case ignored), unfolded, in order. */
export function fieldValues(fields: readonly HeaderField[], name: string): string[] {
  const wanted = name.toLowerCase();
  return fields.filter((field) => field.name.toLowerCase() === wanted).map((field) => unfold(field.value));
}

/** A field as it stands in a message, with `\n` line end. */
export function formatField(field: HeaderField): string {
  return `${field.name}: ${field.value}\n`;
}

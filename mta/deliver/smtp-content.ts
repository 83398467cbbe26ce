/**
 * smtp-content - a message's queue form (LF) as it goes over the wire after DATA.
 *
 * Lines end in CR LF and nothing else does: a lone CR becomes a blank, so that no receiver can take it for a line end and find a second message behind it
 * (postconf: cleanup_replace_stray_cr_lf). Leading dots are doubled. Longer lines than smtp_line_length_limit are broken with CR LF SPACE, as smtp(8) does.
 */

/** The bytes to send, final dot included. `lineLimit` 0: no limit. */
export function toWireContent(content: Buffer, lineLimit: number): Buffer {
  const text = content.toString('latin1').replace(/\r\n/g, '\n').replace(/\r/g, ' ').replace(/\n$/, '');
  const stuffed = breakLongLines(text, lineLimit)
    .replace(/(^|\n)\./g, '$1..') // RFC 5321 section 4.5.2
    .replace(/\n/g, '\r\n');
  return Buffer.from(`${stuffed}\r\n.\r\n`, 'latin1');
}

function breakLongLines(text: string, limit: number): string {
  if (limit === 0) return text;
  return text.replace(new RegExp(`[^\\n]{${limit}}(?=[^\\n])`, 'g'), '$&\n ');
}

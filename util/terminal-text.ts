/**
 * terminal-text - make hostile text safe to print.
 *
 * Mail, logs and replies may hold escape sequences that would move a cursor, retitle a window or forge a line. Control characters
 * (C0, DEL, C1) become `\xNN`; line ends and tabs stay only when asked for. Bidirectional overrides (U+202A-202E, U+2066-2069) go the same way.
 */

// eslint-disable-next-line no-control-regex -- finding control characters is the point
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** `text` with everything that a terminal would obey made visible. Newlines and tabs are kept if `multiline`. */
export function printable(text: string, options: { multiline?: boolean } = {}): string {
  const escaped = text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
  return options.multiline ? escaped : escaped.replace(/\n/g, '\\n').replace(/\t/g, '\\t');
}

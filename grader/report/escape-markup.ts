/**
 * escape-markup - hostile text made safe for XML and HTML, as text and in attributes (XML 1.0 section 2.2).
 */

/** What XML forbids is replaced. */
export function escapeMarkup(text: string): string {
  return [...text]
    .map((character) => (isAllowedInXml(character) ? character : '\ufffd'))
    .join('')
    .replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

function isAllowedInXml(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code < 0xd800) ||
    (code > 0xdfff && code !== 0xfffe && code !== 0xffff)
  );
}

/**
 * text-width - how many columns of a terminal a text takes, and the text cut or filled to so many.
 *
 * Limits: East Asian wide characters and emoji count two, combining marks none; that is what most terminals do.
 */

const wide =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
const without = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

function widthOf(character: string): number {
  return without.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

/** Columns of `text`. */
export function textWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + widthOf(character), 0);
}

/** `text` in at most so many columns; what was cut shows as an ellipsis. */
export function cutText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** `text` cut or filled with spaces to exactly so many columns. */
export function fitText(text: string, columns: number): string {
  const cut = cutText(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - textWidth(cut)));
}

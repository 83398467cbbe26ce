/**
 * parameter-field - `value; name=value; name="va\"lue"`, as it is written (RFC 2045 section 5.1).
 *
 * Pieces of one long value (`filename*0*`, `filename*1`: RFC 2231 section 3) are put together; its charset and percent signs stay: decoding is the reader's part.
 *
 * Limits: the first 100 parameters of the first 10 000 characters.
 */

export interface ParameterField {
  readonly value: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const parameterPattern = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]*))/gs;

/** Never fails: what is no parameter is left out. */
export function readParameterField(text: string): ParameterField {
  const short = text.slice(0, 10_000);
  const value = /^[^;]*/.exec(short)?.[0].trim() ?? '';
  const parameters: [string, string][] = [];
  const pieces = new Map<string, { at: number; isEncoded: boolean }>();
  for (const [, name = '', quoted, token = ''] of short.matchAll(parameterPattern)) {
    if (parameters.length >= 100) break;
    const text = quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1');
    const [, whole, star] = /^(.+)\*\d{1,3}(\*)?$/.exec(name) ?? [];
    if (whole === undefined) {
      parameters.push([name, text]);
      continue;
    }
    const isEncoded = star !== undefined;
    const piece = pieces.get(whole);
    const joined = piece && parameters[piece.at];
    if (!piece || !joined) {
      pieces.set(whole, { at: parameters.length, isEncoded });
      parameters.push([isEncoded ? `${whole}*` : whole, text]);
    } else joined[1] += piece.isEncoded && !isEncoded ? encodeURIComponent(text) : text;
  }
  return { value, parameters };
}

/**
 * parameter-field - `value; name=value; name="va\"lue"`, as it is written (RFC 2045 section 5.1). RFC 2231 names (`filename*0*`) stay as they are.
 *
 * Limits: the first 100 parameters of the first 10 000 characters.
 */

export interface ParameterField {
  readonly value: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Never fails: what is no parameter is left out. */
export function readParameterField(text: string): ParameterField {
  const short = text.slice(0, 10_000);
  const value = /^[^;]*/.exec(short)?.[0].trim() ?? '';
  const parameters: [string, string][] = [];
  for (const [, name = '', quoted, token] of short.matchAll(
    /;\s*([^\s=;"]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]*))/gs,
  )) {
    if (parameters.length >= 100) break;
    parameters.push([name, quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/gs, '$1')]);
  }
  return { value, parameters };
}

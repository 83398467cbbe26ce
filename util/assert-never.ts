/**
 * assert-never - the last branch of a switch over a closed union.
 *
 * The compiler refuses the call while a member is unhandled; at run time it names the value that slipped in from outside the types.
 */

/** @throws Error naming `value`, which the types say cannot exist. */
export function assertNever(value: never, what = 'value'): never {
  throw new Error(`unexpected ${what}: ${JSON.stringify(value)}`);
}

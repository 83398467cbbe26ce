/**
 * test-look - small looks at delivered messages, for tests.
 */

/** The only one. @throws Error when there are none or more. */
export function only(messages: readonly string[] | undefined): string {
  if (messages?.length !== 1) throw new Error(`expected one message, got ${messages?.length ?? 0}`);
  return messages[0] ?? '';
}

/** A header field's value, folds kept; undefined when there is none. */
export function field(message: string, name: string): string | undefined {
  return new RegExp(`^${name}: ?(.*(?:\\n[ \\t].*)*)$`, 'm').exec(headerOf(message))?.[1];
}

export function headerOf(message: string): string {
  return message.slice(0, message.indexOf('\n\n') + 1);
}

export function bodyOf(message: string): string {
  return message.slice(message.indexOf('\n\n') + 2);
}

/**
 * sasl-plain - the one message of SASL PLAIN: authorization identity, user, password (RFC 4616).
 */

/** Undefined when it is not base64 of such a message. Acting for another user is not known here: a foreign authorization identity is no login. */
export function readPlain(response: string): { user: string; password: string } | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(response)) return undefined;
  const parts = Buffer.from(response, 'base64').toString('utf8').split('\0');
  const [identity = '', user = '', password = ''] = parts;
  if (parts.length !== 3 || (identity !== '' && identity !== user)) return undefined;
  return { user, password };
}

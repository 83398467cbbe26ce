/**
 * address - mailboxes and paths as RFC 5321 writes them in an envelope.
 *
 * `parsePath` reads what stands between `<` and `>` (source routes dropped, RFC 5321 appendix C); `splitAddress` takes an
 * address apart at its last `@`. A quoted local-part keeps its meaning, not its quotes. The null reverse-path is the empty string everywhere.
 *
 * Limits: address literals are checked for shape only; SMTPUTF8 (RFC 6531) addresses are accepted in UTF-8, with no normalisation.
 */

/** An address taken apart. `domain` is undefined for a bare local-part (`postmaster`). */
export interface AddressParts {
  readonly localPart: string;
  readonly domain: string | undefined;
}

/** Splits at the last `@`; neither part is unquoted or folded. */
export function splitAddress(address: string): AddressParts {
  const at = address.lastIndexOf('@');
  return at < 0
    ? { localPart: address, domain: undefined }
    : { localPart: address.slice(0, at), domain: address.slice(at + 1) };
}

/** What reading a path came to. `address` is the internal form: no source route, local-part unquoted. */
export type ParsedPath =
  { readonly kind: 'path'; readonly address: string } | { readonly kind: 'bad'; readonly reason: string };

const atext = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]$/u;

/** Reads the text inside `<...>` of MAIL FROM or RCPT TO. The empty text is the null reverse-path. */
export function parsePath(inside: string): ParsedPath {
  const route = /^@[^:]*:/.exec(inside); // RFC 5321 section 4.1.1.3: "MUST BE accepted, SHOULD NOT be generated, and SHOULD be ignored"
  const mailbox = route ? inside.slice(route[0].length) : inside;
  if (mailbox === '') return route ? bad('source route without a mailbox') : { kind: 'path', address: '' };
  const local = readLocalPart(mailbox);
  if (local.kind === 'bad') return local;
  const rest = mailbox.slice(local.length);
  if (rest === '') return { kind: 'path', address: local.text };
  if (!rest.startsWith('@')) return bad('text after the local-part');
  const domain = rest.slice(1);
  // Postfix takes the name's final dot, and so do we.
  if (!isDomain(domain.replace(/(?<=.)\.$/, '')) || /^[\d.]+$/.test(domain)) return bad('bad domain');
  return { kind: 'path', address: `${local.text}@${domain}` };
}

type LocalPart = { kind: 'local'; text: string; length: number } | { kind: 'bad'; reason: string };

function readLocalPart(mailbox: string): LocalPart {
  return mailbox.startsWith('"') ? readQuotedString(mailbox) : readDotString(mailbox);
}

/** RFC 5321 section 4.1.2, Quoted-string. */
function readQuotedString(mailbox: string): LocalPart {
  let text = '';
  for (let index = 1; index < mailbox.length; index++) {
    const character = mailbox.charAt(index);
    if (character === '"') return { kind: 'local', text, length: index + 1 };
    if (character === '\\' && index + 1 < mailbox.length) text += mailbox.charAt(++index);
    else if (character >= ' ' && character !== '\u007f') text += character;
    else return bad('control character in a quoted string');
  }
  return bad('unclosed quote');
}

/** RFC 5321 section 4.1.2, Dot-string; Postfix also lets stray dots pass (`a..b@`) and routing (`a@b@c`, judged later), and so do we. */
function readDotString(mailbox: string): LocalPart {
  const end = mailbox.lastIndexOf('@');
  let length = 0;
  for (const character of mailbox) {
    if (length === end) break;
    if (character !== '.' && character !== '@' && !atext.test(character))
      return bad(`bad character ${JSON.stringify(character)}`);
    length += character.length;
  }
  return length === 0 ? bad('empty local-part') : { kind: 'local', text: mailbox.slice(0, length), length };
}

/** A host name's shape, or an address literal `[...]` (RFC 5321 section 4.1.3). */
export function isDomain(domain: string): boolean {
  if (/^\[[0-9A-Fa-f.:]+\]$|^\[IPv6:[0-9A-Fa-f.:]+\]$/i.test(domain)) return true;
  return (
    domain.length <= 255 &&
    domain
      .split('.')
      .every(
        (label) =>
          /^[A-Za-z0-9_\u0080-\u{10ffff}]([A-Za-z0-9_\u0080-\u{10ffff}-]{0,62})$/u.test(label) && !label.endsWith('-'),
      )
  );
}

/** The external form: local-part quoted where RFC 5321 wants it. */
export function formatAddress(address: string): string {
  const { localPart, domain } = splitAddress(address);
  const dotString = localPart !== '' && [...localPart].every((character) => character === '.' || atext.test(character));
  const local = dotString || address === '' ? localPart : `"${localPart.replace(/["\\]/g, '\\$&')}"`;
  return domain === undefined ? local : `${local}@${domain}`;
}

function bad(reason: string): { kind: 'bad'; reason: string } {
  return { kind: 'bad', reason };
}

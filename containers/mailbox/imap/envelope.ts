/**
 * envelope - ENVELOPE of a message: the fields a list of mails shows (RFC 3501 section 7.4.2).
 *
 * Texts are as in the header, encoded words included. Groups (RFC 5322 section 3.4) have their markers; an address without domain says MISSING_DOMAIN, as Dovecot's does.
 *
 * Limits: the first 10 000 characters and 200 addresses of a field.
 */
import { fieldValues, type HeaderField } from '#mail/header.ts';
import addressParser from 'nodemailer/lib/addressparser/index.js';
import { quote } from './tokens.ts';

const longestField = 10_000;
const mostAddresses = 200;

/** `(date subject from sender reply-to to cc bcc in-reply-to message-id)`. */
export function envelopeOf(fields: readonly HeaderField[]): string {
  const one = (name: string): string => quote(fieldValues(fields, name)[0]?.trim());
  const addresses = (name: string): string => addressList(fieldValues(fields, name).join(', '));
  const from = addresses('From');
  const orFrom = (name: string): string => {
    const own = addresses(name);
    return own === 'NIL' ? from : own; // RFC 3501: the server fills in
  };
  const senders = [from, orFrom('Sender'), orFrom('Reply-To')];
  const others = [addresses('To'), addresses('Cc'), addresses('Bcc')];
  return `(${[one('Date'), one('Subject'), ...senders, ...others, one('In-Reply-To'), one('Message-Id')].join(' ')})`;
}

interface ParsedAddress {
  readonly name?: string;
  readonly address?: string;
  readonly group?: readonly ParsedAddress[];
}

function addressList(text: string): string {
  if (text.trim() === '') return 'NIL';
  const parsed = addressParser(text.slice(0, longestField)) as unknown as ParsedAddress[];
  const items = parsed.slice(0, mostAddresses).flatMap(addressItem);
  return items.length === 0 ? 'NIL' : `(${items.join('')})`;
}

function addressItem({ name, address = '', group }: ParsedAddress): string[] {
  if (group)
    return [
      `(NIL NIL ${quote(name ?? '')} NIL)`,
      ...group.slice(0, mostAddresses).flatMap(addressItem),
      '(NIL NIL NIL NIL)',
    ];
  const at = address.lastIndexOf('@');
  const local = at < 0 ? address || name : address.slice(0, at);
  if (local === undefined || local === '') return [];
  const shownName = name !== undefined && name !== '' && local !== name ? quote(name) : 'NIL';
  return [`(${shownName} NIL ${quote(local)} ${at < 0 ? '"MISSING_DOMAIN"' : quote(address.slice(at + 1))})`];
}

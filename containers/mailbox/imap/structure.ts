/**
 * structure - ENVELOPE and BODYSTRUCTURE of a message (RFC 3501 section 7.4.2).
 */
import { fieldValues, unfold, type HeaderField } from '#mail/header.ts';
import type { MimePart } from '#mail/mime.ts';
import libmime from 'libmime';
import addressParser from 'nodemailer/lib/addressparser/index.js';
import { quote } from './tokens.ts';

/** `(date subject from sender reply-to to cc bcc in-reply-to message-id)`. */
export function envelopeOf(fields: readonly HeaderField[]): string {
  const one = (name: string): string => quote(fieldValues(fields, name)[0]?.trim());
  const addresses = (name: string): string => addressList(fieldValues(fields, name).join(', '));
  const from = addresses('From');
  const orFrom = (name: string): string => (fieldValues(fields, name).length > 0 ? addresses(name) : from);
  return `(${[one('Date'), one('Subject'), from, orFrom('Sender'), orFrom('Reply-To'), addresses('To'), addresses('Cc'), addresses('Bcc'), one('In-Reply-To'), one('Message-Id')].join(' ')})`;
}

interface ParsedAddress {
  readonly name?: string;
  readonly address?: string;
  readonly group?: readonly ParsedAddress[];
}

function addressList(text: string): string {
  if (text.trim() === '') return 'NIL';
  const parsed = (addressParser(text) as unknown as ParsedAddress[]).flatMap((each) => each.group ?? [each]);
  const items = parsed.slice(0, 100).map(({ name, address = '' }) => {
    const at = address.lastIndexOf('@');
    return `(${name ? quote(/^[\x20-\x7e]*$/.test(name) ? name : libmime.encodeWord(name, 'Q')) : 'NIL'} NIL ${quote(at < 0 ? address : address.slice(0, at))} ${at < 0 ? 'NIL' : quote(address.slice(at + 1))})`;
  });
  return items.length === 0 ? 'NIL' : `(${items.join('')})`;
}

/** BODY (without extension data) or BODYSTRUCTURE. */
export function structureOf(content: Buffer, part: MimePart, extended: boolean): string {
  const [type = 'text', subtype = 'plain'] = part.contentType.split('/');
  if (type === 'multipart' && part.children.length > 0) {
    const children = part.children.map((child) => structureOf(content, child, extended)).join('');
    return `(${children} ${quote(subtype.toUpperCase())}${extended ? ` ${parameterList(part.parameters)} ${dispositionOf(part)} NIL NIL` : ''})`;
  }
  const size = part.bodyEnd - part.bodyStart;
  const field = (name: string): string => quote(fieldValues(part.headers, name)[0]?.trim());
  const basic = [
    quote(type === 'multipart' ? 'APPLICATION' : type.toUpperCase()),
    quote(type === 'multipart' ? 'OCTET-STREAM' : subtype.toUpperCase()),
    parameterList(part.parameters),
    field('Content-Id'),
    field('Content-Description'),
    quote(part.encoding.toUpperCase()),
    String(size),
  ];
  const [inner] = part.children;
  if (part.contentType === 'message/rfc822' && inner)
    basic.push(envelopeOf(inner.headers), structureOf(content, inner, extended), String(countLines(content, part)));
  else if (type === 'text') basic.push(String(countLines(content, part)));
  return `(${basic.join(' ')}${extended ? ` NIL ${dispositionOf(part)} NIL NIL` : ''})`;
}

function countLines(content: Buffer, part: MimePart): number {
  let lines = 0;
  for (let at = content.indexOf(0x0a, part.bodyStart); at >= 0 && at < part.bodyEnd; at = content.indexOf(0x0a, at + 1))
    lines += 1;
  return lines;
}

function parameterList(parameters: ReadonlyMap<string, string>): string {
  return parameters.size === 0
    ? 'NIL'
    : `(${[...parameters].map(([name, value]) => `${quote(name.toUpperCase())} ${quote(unfold(value))}`).join(' ')})`;
}

function dispositionOf(part: MimePart): string {
  return part.disposition === undefined
    ? 'NIL'
    : `(${quote(part.disposition.toUpperCase())} ${parameterList(part.dispositionParameters)})`;
}

/**
 * structure - BODY and BODYSTRUCTURE of a message (RFC 3501 section 7.4.2).
 *
 * Names, types and parameters are given as the message writes them, encoded words and RFC 2231 pieces included: decoding is the client's part.
 */
import { fieldValues } from '#mail/header.ts';
import type { MimePart } from '#mail/mime.ts';
import { envelopeOf } from './envelope.ts';
import { readParameterField, type ParameterField } from './parameter-field.ts';
import { quote } from './tokens.ts';

/** BODY (without extension data) or BODYSTRUCTURE. */
export function structureOf(content: Buffer, part: MimePart, extended: boolean): string {
  const type = typeOf(part);
  const field = (name: string): string => quote(fieldValues(part.headers, name)[0]?.trim());
  const tail = extended ? ` ${dispositionOf(part)} ${languagesOf(part)} ${field('Content-Location')}` : '';
  if (type.main === 'multipart') {
    const children =
      part.children.map((child) => structureOf(content, child, extended)).join('') || emptyPart(extended);
    return `(${children} ${quote(type.sub)}${extended ? ` ${parameterList(type.parameters)}${tail}` : ''})`;
  }
  const basic = [
    quote(type.main),
    quote(type.sub),
    parameterList(type.parameters),
    field('Content-Id'),
    field('Content-Description'),
    quote(fieldValues(part.headers, 'Content-Transfer-Encoding')[0]?.trim() ?? '7bit'),
    String(part.bodyEnd - part.bodyStart),
  ];
  const [inner] = part.children;
  if (part.contentType === 'message/rfc822' && inner)
    basic.push(envelopeOf(inner.headers), structureOf(content, inner, extended), String(countLines(content, part)));
  else if (type.main === 'text') basic.push(String(countLines(content, part)));
  return `(${basic.join(' ')}${extended ? ` ${field('Content-MD5')}${tail}` : ''})`;
}

/** RFC 3501's grammar wants one part at least, also of a multipart that has none. */
function emptyPart(extended: boolean): string {
  return `("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0${extended ? ' NIL NIL NIL NIL' : ''})`;
}

interface PartType {
  readonly main: string;
  readonly sub: string;
  readonly parameters: ParameterField['parameters'];
}

function typeOf(part: MimePart): PartType {
  const field = fieldValues(part.headers, 'Content-Type')[0];
  const { value, parameters } = readParameterField(field ?? part.contentType);
  const [main = 'text', sub = 'plain'] = (value.toLowerCase() === part.contentType ? value : part.contentType).split(
    '/',
  );
  if (part.contentType === 'message/rfc822' && part.children.length === 0)
    return { main: 'application', sub: 'octet-stream', parameters: [] }; // nested too deeply to be opened
  const isText = part.contentType.startsWith('text/');
  const hasCharset = parameters.some(([name]) => name.toLowerCase() === 'charset');
  return {
    main: isText || part.contentType.startsWith('multipart/') ? main.toLowerCase() : main,
    sub,
    parameters: isText && !hasCharset ? [...parameters, ['charset', 'us-ascii']] : parameters,
  };
}

function countLines(content: Buffer, part: MimePart): number {
  let lines = 0;
  for (let at = content.indexOf(0x0a, part.bodyStart); at >= 0 && at < part.bodyEnd; at = content.indexOf(0x0a, at + 1))
    lines += 1;
  return lines;
}

function parameterList(parameters: ParameterField['parameters']): string {
  return parameters.length === 0
    ? 'NIL'
    : `(${parameters.map(([name, value]) => `${quote(name)} ${quote(value)}`).join(' ')})`;
}

function dispositionOf(part: MimePart): string {
  const field = fieldValues(part.headers, 'Content-Disposition')[0];
  if (field === undefined) return 'NIL';
  const { value, parameters } = readParameterField(field);
  return value === '' ? 'NIL' : `(${quote(value)} ${parameterList(parameters)})`;
}

function languagesOf(part: MimePart): string {
  const languages = (fieldValues(part.headers, 'Content-Language')[0] ?? '')
    .split(',')
    .map((language) => language.trim())
    .filter((language) => language !== '')
    .slice(0, 20);
  return languages.length === 0 ? 'NIL' : `(${languages.map(quote).join(' ')})`;
}

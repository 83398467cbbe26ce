/**
 * read-rdata - the data of each record type, from words to what goes on the wire.
 *
 * RFC 1035 (SOA NS A MX TXT CNAME PTR), RFC 3596 (AAAA), RFC 2782 (SRV), RFC 8659 (CAA), RFC 6698 (TLSA). Every fault says what named-checkzone says, and
 * a cure beside it.
 */
import net from 'node:net';
import { stringBytes, ZoneError, type Word } from './lex-zone.ts';
import type { RecordType } from './zone.ts';

/** Reads words one after another and knows the last one, for the message. */
export interface WordReader {
  /** The next word. @throws ZoneError `unexpected end of input`. */
  next(cure: string): Word;
  rest(): Word[];
  /** Makes a relative name absolute. @throws ZoneError for an impossible name. */
  name(word: Word): string;
}

/** Data in dns-packet's shape. @throws ZoneError. */
export type RdataReader = (words: WordReader) => unknown;

/** A fault in one word of the data. */
export function badWord(word: Word, summary: string, cure: string): ZoneError {
  return new ZoneError(word.line, 'dns_rdata_fromtext', `near '${word.text}': ${summary}`, summary, cure);
}

const number =
  (most: number, what: string) =>
  (words: WordReader): number => {
    const word = words.next(`${what} (a number) is missing`);
    if (!/^\d+$/.test(word.text))
      throw badWord(word, 'not a valid number', `${what} is a whole number, and comes before "${word.text}"`);
    if (Number(word.text) > most) throw badWord(word, 'out of range', `${what} is at most ${most}`);
    return Number(word.text);
  };

const name = (words: WordReader): string => words.name(words.next('a host name is missing'));

/** `1h30m` or seconds. Undefined when it is no time. */
export function readTtl(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(\d+[wdhms])+$/i.test(text)) return undefined;
  const seconds: Record<string, number> = { w: 604800, d: 86400, h: 3600, m: 60, s: 1 };
  return [...text.matchAll(/(\d+)([wdhms])/gi)].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (seconds[unit.toLowerCase()] ?? 1),
    0,
  );
}

const time =
  (what: string) =>
  (words: WordReader): number => {
    const word = words.next(`${what} is missing`);
    const value = readTtl(word.text);
    if (value === undefined)
      throw badWord(word, 'not a valid number', `${what} is a number of seconds, or like 1h or 2d`);
    if (value > 4294967295) throw badWord(word, 'out of range', `${what} is at most 4294967295 seconds`);
    return value;
  };

const address =
  (family: 4 | 6, summary: string, cure: string): RdataReader =>
  (words) => {
    const word = words.next(cure);
    if (net.isIP(word.text) !== family) throw badWord(word, summary, cure);
    return word.text;
  };

const hex =
  (what: string) =>
  (words: WordReader): Buffer => {
    const rest = words.rest();
    const text = rest.map((word) => word.text).join('');
    const [first] = rest;
    if (!first) throw words.next(`${what} is missing`);
    if (!/^([0-9a-f]{2})+$/i.test(text))
      throw badWord(first, 'bad hex encoding', `${what} is written in hexadecimal digits`);
    return Buffer.from(text, 'hex');
  };

const strings: RdataReader = (words) => {
  const parts = words.rest();
  if (parts.length === 0) return [words.next('TXT needs at least one string')];
  return parts.map((word) => {
    const bytes = stringBytes(word.text);
    if (bytes.length > 255)
      throw new ZoneError(
        word.line,
        'dns_rdata_fromtext',
        'syntax error',
        'syntax error',
        'a string is at most 255 bytes: write several strings one after another, "part one" "part two"',
      );
    return bytes;
  });
};

/** One reader a type; the table is the list of types a zone file may hold. */
export const rdataReaders: Readonly<Record<RecordType, RdataReader>> = {
  A: address(4, 'bad dotted quad', 'an IPv4 address is four numbers from 0 to 255, with dots: 198.18.1.20'),
  AAAA: address(6, 'bad IPv6 address', 'write an IPv6 address such as 2001:db8::25'),
  NS: name,
  CNAME: name,
  PTR: name,
  MX: (words) => ({ preference: number(65535, 'the MX preference')(words), exchange: name(words) }),
  TXT: strings,
  SRV: (words) => ({
    priority: number(65535, 'the SRV priority')(words),
    weight: number(65535, 'the SRV weight')(words),
    port: number(65535, 'the SRV port')(words),
    target: name(words),
  }),
  SOA: (words) => ({
    mname: name(words),
    rname: name(words),
    serial: number(4294967295, 'the serial')(words),
    refresh: time('refresh')(words),
    retry: time('retry')(words),
    expire: time('expire')(words),
    minimum: time('the negative-answer time')(words),
  }),
  CAA: (words) => ({
    flags: number(255, 'the CAA flags')(words),
    tag: words.next('the CAA tag (issue, issuewild, iodef) is missing').text,
    value: stringBytes(words.next('the CAA value is missing').text).toString('latin1'),
  }),
  TLSA: (words) => ({
    usage: number(255, 'the TLSA usage')(words),
    selector: number(255, 'the TLSA selector')(words),
    matchingType: number(255, 'the TLSA matching type')(words),
    certificate: hex('the TLSA certificate data')(words),
  }),
};

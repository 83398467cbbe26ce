/**
 * parse-zone - a zone file's text to a zone, or to the fault that named-checkzone would print.
 *
 * RFC 1035 section 5: $ORIGIN, $TTL (RFC 2308 section 4), owner, optional TTL and class in either order, type, data. Warnings do not stop a zone.
 *
 * Limits: class IN only; $INCLUDE and $GENERATE are refused by name; 100 000 records a zone.
 */
import { badWord, rdataReaders, readTtl, type WordReader } from './read-rdata.ts';
import { lexZone, ZoneError, type Entry, type Word } from './lex-zone.ts';
import { buildZone, isBelow, type RecordType, type Zone, type ZoneRecord } from './zone.ts';

export interface ZoneMessage {
  readonly line: number;
  /** As named-checkzone prints it, without file and line. */
  readonly text: string;
  /** What to do about it. */
  readonly cure: string;
}

export type ParsedZone =
  | {
      readonly kind: 'zone';
      readonly zone: Zone;
      readonly records: readonly ZoneRecord[];
      readonly warnings: readonly ZoneMessage[];
    }
  | { readonly kind: 'bad'; readonly error: ZoneError };

const mostRecords = 100_000;
const largestTtl = 2 ** 31 - 1;

/** Reads the text of the zone `origin` (with or without final dot). */
export function parseZone(text: string, origin: string): ParsedZone {
  const apex = origin.toLowerCase().replace(/\.$/, '');
  try {
    const reading = new Reading(apex);
    for (const entry of lexZone(text)) reading.entry(entry);
    return {
      kind: 'zone',
      zone: buildZone(apex, reading.records),
      records: reading.records,
      warnings: reading.warnings,
    };
  } catch (error) {
    if (error instanceof ZoneError) return { kind: 'bad', error };
    throw error;
  }
}

/** What is remembered from line to line while a file is read. */
class Reading {
  readonly records: ZoneRecord[] = [];
  readonly warnings: ZoneMessage[] = [];
  readonly #apex: string;
  #origin: string;
  #owner: string | undefined;
  #defaultTtl: number | undefined;
  #lastTtl: number | undefined;
  readonly #setTtls = new Map<string, number>();

  constructor(apex: string) {
    this.#apex = apex;
    this.#origin = apex;
  }

  entry(entry: Entry): void {
    const [first, ...others] = entry.words;
    if (!first) return;
    if (first.text.startsWith('$') && !first.quoted && !entry.indented) return this.#directive(first, others);
    const owner = entry.indented ? this.#owner : this.absolute(first);
    if (owner === undefined)
      throw new ZoneError(
        entry.line,
        'dns_master_load',
        'no current owner name',
        'no owner',
        'the first record needs a name (or @) at the start of its line',
      );
    this.#owner = owner;
    this.#record(owner, entry.indented ? [...entry.words] : others, entry.line);
  }

  #directive(directive: Word, [argument]: readonly Word[]): void {
    const keyword = directive.text.toUpperCase();
    const missing = (): ZoneError =>
      new ZoneError(
        directive.line,
        'dns_master_load',
        'unexpected end of line',
        'unexpected end of input',
        `${keyword} needs a value after it`,
      );
    if (keyword === '$ORIGIN') {
      if (!argument) throw missing();
      this.#origin = this.absolute(argument);
    } else if (keyword === '$TTL') {
      if (!argument) throw missing();
      const ttl = readTtl(argument.text);
      if (ttl === undefined)
        throw new ZoneError(
          argument.line,
          'dns_master_load',
          `near '${argument.text}': bad ttl`,
          'bad ttl',
          'write $TTL 3600 or $TTL 1h',
        );
      this.#defaultTtl = this.#boundedTtl(ttl, argument);
    } else
      throw new ZoneError(
        directive.line,
        'dns_master_load',
        `unknown $ directive '${directive.text}'`,
        'not implemented',
        'only $ORIGIN and $TTL are known here',
      );
  }

  #record(owner: string, words: readonly Word[], line: number): void {
    const { ttl, typeAt: position } = this.#readTtlAndClass(words);
    const typeWord = words[position];
    if (!typeWord)
      throw new ZoneError(
        line,
        'dns_master_load',
        'unexpected end of line',
        'unexpected end of input',
        'a record is: name [TTL] IN TYPE data',
      );
    const type = typeWord.text.toUpperCase() as RecordType;
    const read = Object.hasOwn(rdataReaders, type) ? rdataReaders[type] : undefined;
    if (!read)
      throw new ZoneError(
        typeWord.line,
        '',
        `unknown RR type '${typeWord.text}'`,
        'unknown class/type',
        type === ('SPF' as string)
          ? 'SPF policies are TXT records (RFC 7208 section 3.1): write TXT in place of SPF'
          : `"${typeWord.text}" is no record type; known are ${Object.keys(rdataReaders).join(' ')}`,
      );
    const reader = this.#words(words.slice(position + 1), typeWord);
    const data = read(reader);
    const [extra] = reader.rest();
    if (extra)
      throw badWord(
        extra,
        'extra input text',
        `nothing may follow the ${type} data: remove "${extra.text}", or put text with blanks in quotes`,
      );
    this.#add({ name: owner, type, ttl: this.#ttl(ttl, type, data, line), data, line });
  }

  /** `[TTL] [class]` in either order, each at most once. */
  #readTtlAndClass(words: readonly Word[]): { ttl: number | undefined; typeAt: number } {
    let ttl: number | undefined;
    let hasClass = false;
    let position = 0;
    for (; position < words.length; position++) {
      const word = words[position];
      const asTtl = word && /^\d/.test(word.text) && ttl === undefined ? readTtl(word.text) : undefined;
      if (word && asTtl !== undefined) ttl = this.#boundedTtl(asTtl, word);
      else if (word && /^(?:IN|CH|HS)$/i.test(word.text) && !hasClass) {
        if (!/^IN$/i.test(word.text))
          throw new ZoneError(
            word.line,
            '',
            `class '${word.text.toUpperCase()}' != zone class 'IN'`,
            'bad class',
            'all records here are of class IN: write IN, or leave the class out',
          );
        hasClass = true;
      } else break;
    }
    return { ttl, typeAt: position };
  }

  /** RFC 2181 section 8: a TTL has 31 bits; larger ones count as 0. */
  #boundedTtl(ttl: number, word: Word): number {
    if (ttl <= largestTtl) return ttl;
    this.warnings.push({
      line: word.line,
      text: `$TTL ${ttl} > MAXTTL, setting $TTL to 0`,
      cure: `a TTL is at most ${largestTtl} seconds`,
    });
    return 0;
  }

  #add(record: ZoneRecord): void {
    if (!isBelow(record.name, this.#apex)) {
      this.warnings.push({
        line: record.line,
        text: `ignoring out-of-zone data (${record.name})`,
        cure: `this file may only hold names below ${this.#apex}`,
      });
      return;
    }
    if (this.records.length >= mostRecords)
      throw new ZoneError(
        record.line,
        'dns_master_load',
        'too many records',
        'too many records',
        `a zone here holds at most ${mostRecords} records`,
      );
    // RFC 2181 section 5.2: the records of one name and type have one TTL.
    const key = `${record.name} ${record.type}`;
    const prior = this.#setTtls.get(key);
    if (prior !== undefined && prior !== record.ttl)
      this.warnings.push({
        line: record.line,
        text: `TTL set to prior TTL (${prior})`,
        cure: `all ${record.type} records of ${record.name} have the same TTL: give this one ${prior} as well`,
      });
    this.#setTtls.set(key, prior ?? record.ttl);
    this.records.push({ ...record, ttl: prior ?? record.ttl });
  }

  #ttl(given: number | undefined, type: RecordType, data: unknown, line: number): number {
    let ttl = given ?? this.#defaultTtl ?? this.#lastTtl;
    if (ttl === undefined && type === 'SOA') {
      ttl = (data as { minimum: number }).minimum;
      this.warnings.push({
        line,
        text: 'no TTL specified; using SOA MINTTL instead',
        cure: 'put $TTL 3600 on top of the file',
      });
    }
    if (ttl === undefined)
      throw new ZoneError(line, 'dns_master_load', 'no TTL specified', 'no ttl', 'put $TTL 3600 on top of the file');
    this.#lastTtl = ttl;
    return ttl;
  }

  #words(words: readonly Word[], before: Word): WordReader {
    let position = 0;
    return {
      next: (cure) => {
        const word = words[position++];
        if (!word)
          throw new ZoneError(
            words.at(-1)?.line ?? before.line,
            'dns_rdata_fromtext',
            'near eol: unexpected end of input',
            'unexpected end of input',
            cure,
          );
        return word;
      },
      rest: () => {
        const rest = words.slice(position);
        position = words.length;
        return rest;
      },
      name: (word) => this.absolute(word),
    };
  }

  /** A name without final dot is relative to the origin (RFC 1035 section 5.1). */
  absolute(word: Word): string {
    const text = word.text.toLowerCase();
    if (text === '@') return this.#origin;
    if (text === '.') return '';
    const full = text.endsWith('.') ? text.slice(0, -1) : `${text}.${this.#origin}`.replace(/\.$/, '');
    const labels = full.split(/(?<!\\)\./);
    const fault = labels.includes('')
      ? 'empty label'
      : labels.some((label) => label.length > 63)
        ? 'label too long'
        : full.length > 253
          ? 'ran out of space'
          : undefined;
    if (fault)
      throw new ZoneError(
        word.line,
        'dns_master_load',
        fault,
        fault,
        `"${word.text}" is no domain name: labels have 1 to 63 characters, with single dots between`,
      );
    return full;
  }
}

/**
 * esmtp-parameters - what may follow the address in MAIL and RCPT: SIZE, BODY, SMTPUTF8, AUTH, RET, ENVID, NOTIFY, ORCPT.
 *
 * RFC 1870, RFC 6152, RFC 6531, RFC 4954 section 5, RFC 3461. A fault is the reply to give.
 */
import { parsePath } from '#mail/address.ts';
import { reply, type Reply } from '#mail/reply.ts';
import type { DsnNotify } from '../message.ts';

export interface MailParameters {
  sizeBytes?: number;
  eightBit?: boolean;
  smtputf8?: boolean;
  ret?: 'FULL' | 'HDRS';
  envelopeId?: string;
  /** AUTH=, as written. */
  authSender?: string;
}

export interface RcptParameters {
  notify?: DsnNotify;
  orcpt?: string;
}

export type PathArgument =
  | { readonly kind: 'path'; readonly address: string; readonly parameters: readonly string[] }
  /** `address`: as written, when it is the address that is wrong. */
  | { readonly kind: 'refused'; readonly reply: Reply; readonly address?: string };

/** What this server does not do, and where it says that it does not understand. */
export interface MailOffers {
  readonly dsn: boolean;
  readonly smtputf8: boolean;
}
export interface RcptOffers {
  readonly dsn: boolean;
  warn(text: string): void;
}

/** Splits `FROM:<a@b> X=Y`; `strict` is strict_rfc821_envelopes. */
export function readPathArgument(argument: string, keyword: 'FROM' | 'TO', strict: boolean): PathArgument {
  const command = keyword === 'FROM' ? 'MAIL FROM' : 'RCPT TO';
  const after = new RegExp(`^${keyword}\\s*:\\s*(.*)$`, 'is').exec(argument)?.[1] ?? '';
  if (after === '') return { kind: 'refused', reply: reply(`501 5.5.4 Syntax: ${command}:<address>`) };
  const [, path = '', words] = /^(<(?:"(?:\\.|[^"\\])*"|[^>"])*>\S*|\S+)(?:\s+(.*))?$/s.exec(after) ?? [];
  const badAddress: PathArgument = {
    kind: 'refused',
    reply: reply(keyword === 'FROM' ? '501 5.1.7 Bad sender address syntax' : '501 5.1.3 Bad recipient address syntax'),
    ...(after === '<' ? {} : { address: path === '' ? after : path }),
  };
  const inside = /^<(.*)>$/s.exec(path)?.[1];
  if (inside === undefined && (strict || /[<>]/.test(path))) return badAddress;
  const parsed = parsePath((inside ?? path).trim());
  if (parsed.kind === 'bad' || (keyword === 'TO' && parsed.address === '')) return badAddress;
  return { kind: 'path', address: parsed.address, parameters: (words ?? '').split(/\s+/).filter(Boolean) };
}

const dsnDisabled = '501 5.7.1 DSN support is disabled';
/** The largest file size there is: 2^63-1. */
const digitsOfLargest = 18;

/** Reads MAIL's parameters. */
export function readMailParameters(words: readonly string[], offers: MailOffers): MailParameters | Reply {
  const parameters: MailParameters = {};
  for (const word of words) {
    const [, name = '', value = ''] = /^([^=]+=?)(.*)$/s.exec(word) ?? [];
    switch (name.toUpperCase()) {
      case 'SIZE=':
        if (!/^\d+$/.test(value)) return reply('501 5.5.4 Bad message size syntax');
        if (value.replace(/^0+/, '').length > digitsOfLargest)
          return reply('552 5.3.4 Message size exceeds file system imposed limit');
        parameters.sizeBytes = Number(value);
        break;
      case 'BODY=':
        if (!/^(7BIT|8BITMIME)$/i.test(value)) return unsupported(word);
        parameters.eightBit = /8BITMIME/i.test(value);
        break;
      case 'SMTPUTF8':
        if (!offers.smtputf8) return unsupported(word);
        parameters.smtputf8 = true;
        break;
      case 'AUTH=':
        parameters.authSender = value; // RFC 4954 section 5: counts only from a client that has logged in
        break;
      case 'RET=':
        if (!offers.dsn) return reply(dsnDisabled);
        if (!/^(FULL|HDRS)$/i.test(value) || parameters.ret) return reply('501 5.5.4 Bad RET parameter syntax');
        parameters.ret = /FULL/i.test(value) ? 'FULL' : 'HDRS';
        break;
      case 'ENVID=':
        if (!offers.dsn) return reply(dsnDisabled);
        if (value === '' || parameters.envelopeId !== undefined || !isXtext(value))
          return reply('501 5.5.4 Bad ENVID parameter syntax');
        parameters.envelopeId = value;
        break;
      default:
        return unsupported(word);
    }
  }
  return parameters;
}

/** Reads RCPT's parameters. */
export function readRcptParameters(words: readonly string[], offers: RcptOffers): RcptParameters | Reply {
  const parameters: RcptParameters = {};
  for (const word of words) {
    const [, name = '', value = ''] = /^([^=]+=?)(.*)$/s.exec(word) ?? [];
    const isNotify = name.toUpperCase() === 'NOTIFY=';
    if (!isNotify && name.toUpperCase() !== 'ORCPT=') return unsupported(word);
    if (!offers.dsn) return reply(dsnDisabled);
    if (isNotify) {
      const wishes = readNotify(value, offers);
      if (!wishes || parameters.notify) return reply('501 5.5.4 Error: Bad NOTIFY parameter syntax');
      parameters.notify = wishes;
    } else {
      const [, address] = /^[^;]+;(.*)$/s.exec(value) ?? [];
      if (address === undefined || !isXtext(address) || parameters.orcpt !== undefined)
        return reply('501 5.5.4 Error: Bad ORCPT parameter syntax');
      parameters.orcpt = value;
    }
  }
  return parameters;
}

/** RFC 3461 section 4.1: NEVER stands alone. */
function readNotify(value: string, { warn }: RcptOffers): DsnNotify | undefined {
  const wishes = [...new Set(value.toUpperCase().split(','))];
  for (const wish of wishes)
    if (!/^(NEVER|SUCCESS|FAILURE|DELAY)$/.test(wish)) {
      if (wish !== '') warn(`unknown DSN NOTIFY command value "${wish}" in "${value}"`);
      return undefined;
    }
  return wishes.includes('NEVER') && wishes.length > 1 ? undefined : (wishes as unknown as DsnNotify);
}

/** RFC 3461 section 4: printable, with `+XX` for other bytes. */
function isXtext(text: string): boolean {
  return /^(?:\+[0-9A-F]{2}|[!-*,-<>-~])*$/.test(text);
}

function unsupported(word: string): Reply {
  return reply(`555 5.5.4 Unsupported option: ${word}`);
}

/** Was a reply given instead of parameters? */
export function isReply(value: object): value is Reply {
  return 'code' in value;
}

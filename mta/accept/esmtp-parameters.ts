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
}

export interface RcptParameters {
  notify?: DsnNotify;
  orcpt?: string;
}

export type PathArgument =
  | { readonly kind: 'path'; readonly address: string; readonly parameters: readonly string[] }
  | { readonly kind: 'refused'; readonly reply: Reply; readonly syntax: boolean };

/** Splits `FROM:<a@b> X=Y`; `strict` is strict_rfc821_envelopes. */
export function readPathArgument(argument: string, keyword: 'FROM' | 'TO', strict: boolean): PathArgument {
  const command = keyword === 'FROM' ? 'MAIL FROM' : 'RCPT TO';
  const badSyntax: PathArgument = {
    kind: 'refused',
    reply: reply(`501 5.5.4 Syntax: ${command}:<address>`),
    syntax: true,
  };
  const after = new RegExp(`^${keyword}\\s*:\\s*(.*)$`, 'is').exec(argument)?.[1];
  if (after === undefined || after === '') return badSyntax;
  const match = after.startsWith('<')
    ? /^<((?:"(?:\\.|[^"\\])*"|[^>"])*)>(?:\s+(.*))?$/s.exec(after)
    : strict
      ? null
      : /^(\S+)(?:\s+(.*))?$/s.exec(after);
  const badAddress: PathArgument = {
    kind: 'refused',
    reply: reply(keyword === 'FROM' ? '501 5.1.7 Bad sender address syntax' : '501 5.1.3 Bad recipient address syntax'),
    syntax: false,
  };
  if (!match) return badAddress;
  const path = parsePath((match[1] ?? '').trim());
  if (path.kind === 'bad' || (keyword === 'TO' && path.address === '')) return badAddress;
  return { kind: 'path', address: path.address, parameters: (match[2] ?? '').split(/\s+/).filter(Boolean) };
}

/** Reads MAIL's parameters. `largestBytes` is message_size_limit, 0 for none. */
export function readMailParameters(words: readonly string[], largestBytes: number): MailParameters | Reply {
  const parameters: MailParameters = {};
  for (const word of words) {
    const [, name = '', value = ''] = /^([^=]+)=?(.*)$/s.exec(word) ?? [];
    switch (name.toUpperCase()) {
      case 'SIZE':
        if (!/^\d{1,20}$/.test(value)) return reply('501 5.5.4 Bad message size syntax');
        parameters.sizeBytes = Number(value);
        if (largestBytes > 0 && parameters.sizeBytes > largestBytes)
          return reply('552 5.3.4 Message size exceeds fixed limit'); // RFC 1870 section 6.1
        break;
      case 'BODY':
        if (!/^(7BIT|8BITMIME)$/i.test(value)) return reply(`501 5.5.4 Unknown content type: ${word}`);
        parameters.eightBit = /8BITMIME/i.test(value);
        break;
      case 'SMTPUTF8':
        parameters.smtputf8 = true;
        break;
      case 'AUTH':
        break; // RFC 4954 section 5: may be ignored from a client that is not trusted
      case 'RET':
        if (!/^(FULL|HDRS)$/i.test(value)) return reply('501 5.5.4 Bad RET parameter syntax');
        parameters.ret = /FULL/i.test(value) ? 'FULL' : 'HDRS';
        break;
      case 'ENVID':
        if (value === '' || value.length > 100) return reply('501 5.5.4 Bad ENVID parameter syntax');
        parameters.envelopeId = value;
        break;
      default:
        return reply(`555 5.5.4 Unsupported option: ${word}`);
    }
  }
  return parameters;
}

/** Reads RCPT's parameters. */
export function readRcptParameters(words: readonly string[]): RcptParameters | Reply {
  const parameters: RcptParameters = {};
  for (const word of words) {
    const [, name = '', value = ''] = /^([^=]+)=?(.*)$/s.exec(word) ?? [];
    if (name.toUpperCase() === 'NOTIFY') {
      const wishes = value.toUpperCase().split(',');
      // RFC 3461 section 4.1: NEVER stands alone
      if (
        !wishes.every((wish) => /^(NEVER|SUCCESS|FAILURE|DELAY)$/.test(wish)) ||
        (wishes.includes('NEVER') && wishes.length > 1)
      )
        return reply('501 5.5.4 Error: Bad NOTIFY parameter syntax');
      parameters.notify = wishes as unknown as DsnNotify;
    } else if (name.toUpperCase() === 'ORCPT') {
      if (!/^[\w-]+;.+$/.test(value)) return reply('501 5.5.4 Bad ORCPT parameter syntax');
      parameters.orcpt = value;
    } else return reply(`555 5.5.4 Unsupported option: ${word}`);
  }
  return parameters;
}

/** Was a reply given instead of parameters? */
export function isReply(value: object): value is Reply {
  return 'code' in value;
}

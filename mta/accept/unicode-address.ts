/**
 * unicode-address - addresses with bytes beyond ASCII: may they come here without the promise of SMTPUTF8? (RFC 6531 section 3; postconf: smtputf8_enable, strict_smtputf8)
 */
import { splitAddress } from '#mail/address.ts';
import type { PostfixConfig } from '../config/config.ts';
import type { ProcessLog } from '../log/mail-log.ts';

/** `undeclared`: the client must say SMTPUTF8 first. `bad-domain`: without that word a domain is ASCII. */
export function judgeUnicode(
  config: PostfixConfig,
  address: string,
  isDeclared: boolean,
): 'undeclared' | 'bad-domain' | undefined {
  if (isDeclared || isAscii(address)) return undefined;
  if (config.bool('smtputf8_enable') && config.bool('strict_smtputf8')) return 'undeclared';
  return isAscii(splitAddress(address).domain ?? '') ? undefined : 'bad-domain';
}

/** What cannot be read has `?` in its place in the log. */
export function asciiLog(log: ProcessLog): ProcessLog {
  const mask = (text: string): string => maskBytes(text, '?');
  return {
    pid: log.pid,
    info: (text) => log.info(mask(text)),
    warning: (text) => log.warning(mask(text)),
    error: (text) => log.error(mask(text)),
    fatal: (text) => log.fatal(mask(text)),
  };
}

/** Each byte of UTF-8 beyond ASCII replaced. */
export function maskBytes(text: string, by: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => by.repeat(Buffer.byteLength(character)));
}

function isAscii(text: string): boolean {
  return maskBytes(text, '') === text;
}

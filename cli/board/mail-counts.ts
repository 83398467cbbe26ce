/**
 * mail-counts - what a mail log says of the mail so far, in numbers. Pure; the log is untrusted and only counted, never judged.
 */

export interface MailCounts {
  /** Taken over by SMTP or sendmail. */
  readonly accepted: number;
  /** Refused in the SMTP session. */
  readonly refused: number;
  /** Sent on to another host. */
  readonly relayed: number;
  /** Put into a mailbox. */
  readonly delivered: number;
  readonly deferred: number;
  readonly bounced: number;
  /** Put on hold, for the scanner. */
  readonly held: number;
  /** Kept back by the scanner: infected, or spam that is not delivered. */
  readonly stopped: number;
}

export const noMail: MailCounts = {
  accepted: 0,
  refused: 0,
  relayed: 0,
  delivered: 0,
  deferred: 0,
  bounced: 0,
  held: 0,
  stopped: 0,
};

const line = /^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ ([^\s[]+)\[\d+\]: (.*)$/;

/** `counts` and what this line of a mail log adds. */
export function countLine(counts: MailCounts, text: string): MailCounts {
  const [, ident = '', words = ''] = line.exec(text) ?? [];
  const kind = kindOf(ident, words);
  return kind === undefined ? counts : { ...counts, [kind]: counts[kind] + 1 };
}

/** The sum, kind by kind. */
export function addCounts(first: MailCounts, second: MailCounts): MailCounts {
  const kinds = Object.keys(noMail) as (keyof MailCounts)[];
  return Object.fromEntries(kinds.map((kind) => [kind, first[kind] + second[kind]])) as unknown as MailCounts;
}

function kindOf(ident: string, words: string): keyof MailCounts | undefined {
  const program = ident.split('/').at(-1) ?? '';
  if (ident === 'MailScanner')
    return /^Infected message /.test(words) || /: message \S+ actions are (?!.*\bdeliver\b)/.test(words)
      ? 'stopped'
      : undefined;
  if (!ident.startsWith('postfix/')) return undefined;
  if (program === 'smtpd' && /^\w+: client=/.test(words)) return 'accepted';
  if (program === 'pickup' && /^\w+: uid=/.test(words)) return 'accepted';
  if (/^\w+: (?:milter-)?reject: /.test(words)) return 'refused';
  if (program === 'cleanup' && /^\w+: hold: /.test(words)) return 'held';
  const status = /^\w+: to=<.*, status=(sent|deferred|bounced) /.exec(words)?.[1];
  if (status === 'sent') return program === 'smtp' || program === 'relay' ? 'relayed' : 'delivered';
  return status === 'deferred' || status === 'bounced' ? status : undefined;
}

/**
 * annotate - which setting of the host produced each line of a recorded SMTP conversation. Pure; the texts are `notes` in `en.yaml`.
 *
 * A transcript has lines `-> command` and `<- reply`. Replies are known by their code and Postfix's words for them, so a host that is no Postfix gets notes only
 * where its words are the same. A note says where to look, never whether the reply is right.
 *
 * Limits: `smtpd_reject_footer` and texts of the site's own (access tables, smtpd_banner) hide the words; then the general note of the stage is given, or none.
 */
import { fillText } from './lab-text.ts';

/** The notes by key, as in `en.yaml`. */
export type NoteTexts = Readonly<Record<string, string>>;

interface NoteRule {
  /** The command that was answered: its verb, `connect` for the greeting, `.` for the message. Any when absent. */
  readonly to?: string;
  /** Matched against `CODE text`; named groups fill the text's placeholders. */
  readonly reply: RegExp;
  readonly key: string;
}

/** First match counts: the special before the general. */
export const noteRules: readonly NoteRule[] = [
  { to: 'connect', reply: /^220 /, key: 'banner' },
  { to: 'connect', reply: /^421 .*too many connections/, key: 'connection-count' },
  { to: 'connect', reply: /^[45]/, key: 'turned-away' },
  { to: 'EHLO', reply: /^250 PIPELINING$/, key: 'ehlo-keywords' },
  { to: 'EHLO', reply: /^250 SIZE( \d+)?$/, key: 'ehlo-size' },
  { to: 'EHLO', reply: /^250 VRFY$/, key: 'ehlo-vrfy' },
  { to: 'EHLO', reply: /^250 ETRN$/, key: 'ehlo-etrn' },
  { to: 'EHLO', reply: /^250 STARTTLS$/, key: 'ehlo-starttls' },
  { to: 'EHLO', reply: /^250 AUTH[ =]/, key: 'ehlo-auth' },
  { to: 'EHLO', reply: /^250 ENHANCEDSTATUSCODES$/, key: 'ehlo-enhanced' },
  { to: 'EHLO', reply: /^250 8BITMIME$/, key: 'ehlo-8bit' },
  { to: 'EHLO', reply: /^250 DSN$/, key: 'ehlo-dsn' },
  { to: 'EHLO', reply: /^250 SMTPUTF8$/, key: 'ehlo-utf8' },
  { to: 'EHLO', reply: /^250 CHUNKING$/, key: 'ehlo-chunking' },
  { to: 'EHLO', reply: /^250 (?!\S+ )\S+\.\S+$/, key: 'ehlo-name' },
  { reply: /^451 4\.3\.5/, key: 'configuration-error' },
  { reply: /^454 4\.7\.1 .*Relay access denied/, key: 'relay-deferred' },
  { reply: /^5\d\d 5\.7\.1 .*Relay access denied/, key: 'relay-denied' },
  { reply: /User unknown in local recipient table/, key: 'unknown-local' },
  { reply: /User unknown in relay recipient table/, key: 'unknown-relay' },
  { reply: /User unknown in virtual (?<kind>alias|mailbox) table/, key: 'unknown-virtual' },
  { reply: /unverified address|undeliverable address/, key: 'unverified' },
  { reply: /cannot find your reverse hostname/, key: 'client-no-ptr' },
  { reply: /cannot find your hostname/, key: 'client-no-name' },
  { reply: /Helo command rejected: need fully-qualified/, key: 'helo-not-full' },
  { reply: /Helo command rejected: Host not found/, key: 'helo-unknown' },
  { reply: /Helo command rejected: Invalid name/, key: 'helo-invalid' },
  { reply: /Helo command rejected/, key: 'helo-table' },
  { reply: /Sender address rejected: Domain not found|does not accept mail \(nullMX\)/, key: 'sender-domain' },
  { reply: /Sender address rejected: need fully-qualified/, key: 'sender-not-full' },
  { reply: /Sender address rejected: not (owned by|logged in)/, key: 'sender-login' },
  { reply: /Sender address rejected/, key: 'sender-table' },
  { reply: /Client host rejected/, key: 'client-table' },
  { reply: /blocked using (?<list>[\w.-]+)/, key: 'blocklist' },
  { reply: /[Gg]reylist/, key: 'greylisted' },
  { reply: /SPF/, key: 'spf' },
  { reply: /Recipient address rejected: Domain not found/, key: 'recipient-domain' },
  { reply: /Recipient address rejected: need fully-qualified/, key: 'recipient-not-full' },
  { reply: /Recipient address rejected/, key: 'recipient-table' },
  { reply: /^552 5\.3\.4/, key: 'too-big' },
  { reply: /^452 4\.3\.1/, key: 'disk-full' },
  { reply: /^452 4\.5\.3/, key: 'recipient-limit' },
  { reply: /^451 4\.3\.0/, key: 'temporary-failure' },
  { reply: /^530 5\.7\.0 .*STARTTLS/, key: 'starttls-first' },
  { reply: /^421 4\.4\.2/, key: 'timeout' },
  { reply: /^421 4\.7\.0 .*too many errors/, key: 'error-limit' },
  { reply: /^50[13] 5\.5\.[14]|^554 5\.5\.1/, key: 'order' },
  { reply: /^501 5\.1\.[37]/, key: 'address-syntax' },
  { to: 'MAIL', reply: /^250 /, key: 'mail-ok' },
  { to: 'RCPT', reply: /^250 /, key: 'rcpt-ok' },
  { to: 'DATA', reply: /^354 /, key: 'data' },
  { to: '.', reply: /^250 .*queued as (?<queueId>[0-9A-Za-z]+)/, key: 'queued' },
  { to: '.', reply: /^[45]\d\d \d\.7\.1/, key: 'content' },
];

/** A note, or null, for each line of a transcript. */
export function annotate(transcript: readonly string[], texts: NoteTexts): (string | null)[] {
  let verb = 'connect';
  return transcript.map((line) => {
    if (line.startsWith('-> ')) verb = /^-> (\S+)/.exec(line)?.[1]?.toUpperCase() ?? verb;
    const [, code = '', text = ''] = /^<- (\d{3})(?:[ -](.*))?$/.exec(line) ?? [];
    if (code === '') return null;
    const said = `${code} ${text}`;
    for (const { to, reply, key } of noteRules) {
      if (to !== undefined && to !== (verb === 'HELO' ? 'EHLO' : verb)) continue;
      const match = reply.exec(said);
      if (match) return fillText(texts[key] ?? '', match.groups ?? {});
    }
    return null;
  });
}

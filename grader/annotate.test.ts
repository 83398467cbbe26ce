/**
 * Which setting stands behind which line of a conversation; and that every note has a text, and every text a note.
 */
import { expect, test } from 'vitest';
import { annotate, noteRules } from './annotate.ts';
import { loadGraderText } from './grader-text.ts';

const { notes } = await loadGraderText();

/** The note of the last line. */
function noteOf(...transcript: string[]): string | null | undefined {
  return annotate(transcript, notes).at(-1);
}

test('every rule has its text, and every text its rule', () => {
  expect(new Set(noteRules.map(({ key }) => key))).toEqual(new Set(Object.keys(notes)));
});

test.each([
  ['<- 220 mail.pc1.sse.ws.test ESMTP Postfix', 'smtpd_banner'],
  ['<- 554 5.7.1 <x[198.19.1.25]>: Client host rejected: Access denied', 'smtpd_delay_reject'],
])('greeting: %s', (line, wanted) => expect(noteOf(line)).toContain(wanted));

test.each([
  ['<- 250-mail.pc1.sse.ws.test', '$myhostname'],
  ['<- 250-SIZE 10240000', 'message_size_limit'],
  ['<- 250-STARTTLS', 'smtpd_tls_security_level'],
  ['<- 250-AUTH PLAIN LOGIN', 'smtpd_sasl_auth_enable'],
  ['<- 250 CHUNKING', 'BDAT'],
])('EHLO: %s', (line, wanted) => expect(noteOf('-> EHLO mx.sound.test', line)).toContain(wanted));

test.each([
  ['454 4.7.1 <v@outside.test>: Relay access denied', 'defer_unauth_destination'],
  ['554 5.7.1 <v@outside.test>: Relay access denied', 'relay_domains'],
  ['550 5.1.1 <n@x>: Recipient address rejected: User unknown in local recipient table', 'local_recipient_maps'],
  ['550 5.1.1 <n@x>: Recipient address rejected: User unknown in relay recipient table', 'relay_recipient_maps'],
  ['550 5.1.1 <n@x>: Recipient address rejected: User unknown in virtual alias table', 'virtual_alias_maps'],
  ['550 5.7.23 <n@x>: Recipient address rejected: Message rejected due to: SPF fail', 'policyd-spf'],
  ['450 4.7.1 <h>: Helo command rejected: Host not found', 'reject_unknown_helo_hostname'],
  ['450 4.7.25 Client host rejected: cannot find your hostname, [198.19.3.25]', 'reject_unknown_client_hostname'],
  ['554 5.7.1 Service unavailable; Client host [198.19.5.25] blocked using bl.sse.ws.test; x', 'bl.sse.ws.test'],
  ['450 4.1.8 <a@b>: Sender address rejected: Domain not found', 'reject_unknown_sender_domain'],
  ['554 5.7.1 <x[1.2.3.4]>: Client host rejected: Access denied', 'smtpd_client_restrictions'],
  ['451 4.3.5 <x>: Recipient address rejected: Server configuration problem', 'mail.log'],
  ['250 2.1.5 Ok', 'mynetworks'],
])('RCPT: %s', (reply, wanted) => expect(noteOf('-> RCPT TO:<n@x>', `<- ${reply}`)).toContain(wanted));

test('the reply to the message names its queue id, and where to look for it', () => {
  expect(noteOf('-> DATA', '<- 354 End data', '-> .', '<- 250 2.0.0 Ok: queued as 4Zx9Qk1Yz2')).toContain(
    'grep 4Zx9Qk1Yz2',
  );
});

test('what is said, and what no rule knows, has no note', () => {
  expect(annotate(['-> EHLO x', '** the host hung up', '<- 299 what?', 'noise'], notes)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

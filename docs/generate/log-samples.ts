/**
 * log-samples - example values for the parameters of the log line functions, by the parameter's name.
 *
 * A line whose parameters are not here gets `<name>` for a text, 2 for a number, no for a question; anything else must be entered here.
 */

const client = {
  name: 'mail.sound.test',
  address: '198.19.1.25',
  reverseName: 'mail.sound.test',
  nameStatus: 'ok',
  reverseNameStatus: 'ok',
  port: 45012,
};

const mailbox = 'afnog@pc1.sse.ws.test';

export const logSamples: Readonly<Record<string, unknown>> = {
  queueId: '3C82A1B40C',
  noticeId: '7F01B2C55D',
  id: '3C82A1B40C.A1B2C',
  oldId: '3C82A1B40C.A1B2C',
  newId: '9D44E0F21A',
  messageId: '<20261124.1@sound.test>',
  client,
  peer: 'gw.pc2.sse.ws.test[198.18.2.10]:25',
  origin: { client, protocol: 'ESMTP', heloName: 'mail.sound.test' },
  sender: 'someone@sound.test',
  recipient: mailbox,
  recipients: mailbox,
  address: '198.19.1.25',
  name: 'mail.sound.test',
  uid: 1000,
  sizeBytes: 1432,
  bytes: 1432,
  port: 25,
  seconds: 0.42,
  stage: 'RCPT',
  action: 'reject',
  kind: 'header',
  command: 'MAIL',
  check: 'Filename',
  text: 'text',
  reason: 'Connection refused',
  reply: '550 5.1.1 <nobody@pc1.sse.ws.test>: Recipient address rejected: User unknown in local recipient table',
  words: { sender: 'someone@sound.test', recipient: mailbox, protocol: 'ESMTP', helo: 'mail.sound.test' },
  counts: [
    { name: 'ehlo', accepted: 1, total: 1 },
    { name: 'mail', accepted: 1, total: 1 },
    { name: 'rcpt', accepted: 0, total: 1 },
    { name: 'quit', accepted: 1, total: 1 },
  ],
  version: '3.7.11',
  directory: '/etc/postfix',
  program: '/usr/lib/postfix/sbin/policyd-spf',
  transport: 'relay',
  summary: 'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)',
  method: 'PLAIN',
  folder: '/var/spool/MailScanner/quarantine/20261124/3C82A1B40C.A1B2C',
  file: '/etc/MailScanner/MailScanner.conf',
  engine: 'Clamd',
  virus: 'Eicar-Test-Signature',
  domains: 'pc1.sse.ws.test',
  subject: 'Lunch',
};

/** Where one function's parameter means something else. */
export const logSamplesOfLine: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'deliveryLines.delivery': {
    '{': {
      queueId: '3C82A1B40C',
      recipient: mailbox,
      originalRecipient: mailbox,
      relay: 'mail.pc1.sse.ws.test[198.18.1.20]:25',
      delays: [0.05, 0.01, 0.02, 0.1],
      dsn: '2.0.0',
      status: 'sent',
      text: '250 2.0.0 Ok: queued as 9D44E0F21A',
    },
  },
  'deliveryLines.active': { recipients: 1 },
  'cleanupLines.check': {
    action: 'hold',
    line: 'Received: from mail.sound.test (mail.sound.test [198.19.1.25])',
    text: '',
  },
  'smtpdLines.tlsEstablished': { words: 'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)' },
  'smtpdLines.badAddress': { address: '<someone@@sound.test>' },
  'smtpdLines.improperPipelining': { text: 'MAIL FROM:<someone@sound.test>\\r\\n' },
  'smtpdLines.saslFailed': { reason: 'authentication failure' },
  'smtpdLines.connectionLimit': { count: 51, service: 'smtp' },
  'smtpdLines.unknownRestriction': { name: 'reject_unauth_destinations' },
  'deliveryLines.nextHost': { text: 'host gw.pc2.sse.ws.test[198.18.2.10] said: 450 4.3.2 Try again later' },
  'masterLines.bindFailed': { address: '198.18.1.10', reason: 'Address already in use' },
  'cleanupLines.mapProblem': { map: 'virtual_alias_maps', what: mailbox },
  'smtpdLines.nonSmtpCommand': { line: 'GET / HTTP/1.1' },
  'scannerLines.actions': { words: ['store', 'notify'], kind: 'Spam Actions' },
  'scannerLines.fileHit': { logText: 'Windows/DOS Executable', name: 'invoice.exe' },
  'scannerLines.fileAllowed': { name: 'notes.txt' },
  'scannerLines.passwordProtected': { name: 'letter.zip' },
  'scannerLines.infected': { name: 'eicar.com' },
  'scannerLines.savedFile': { name: 'eicar.com' },
  'scannerLines.verdict': { text: 'spam, SpamAssassin (score=1000, required 6, GTUBE 1000.00)' },
  'scannerLines.delivery': { what: 'Delivery of nonspam' },
  'scannerLines.silent': { reports: 'All-Viruses' },
};

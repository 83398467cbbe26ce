/**
 * checks of 06-spam-and-viruses-stop-here - see CHECKS.md for their specification.
 */
import {
  deliversFrom,
  fail,
  outcomeWords,
  pass,
  refusalIn,
  said,
  sampleOf,
  waitFor,
  warn,
  words,
  type Check,
  type CheckContext,
  type DialogueOutcome,
  type Finding,
  type MailToSend,
  type SampleKind,
  type SentMail,
} from '#grader';
import { carries } from './payload.ts';

/** MailScanner looks every few seconds. */
const arrivalMs = 10_000;

/** A message from outside to the neighbour, through our gateway. */
function toNeighbour({ seat, filteredSeat }: CheckContext, more: Partial<MailToSend>): MailToSend {
  return {
    from: { actor: 'sound' },
    to: { seat: seat.id, host: 'gateway' },
    rcptTo: [`${filteredSeat.user}@${filteredSeat.domain}`],
    ...more,
  };
}

/** Waits until neither our gateway nor the neighbour's mailbox host has the message on its way: what is not in the mailbox then will not come. */
async function hasSettled(context: CheckContext, { canary }: SentMail): Promise<void> {
  for (let looks = 0; looks < 20 && !context.signal.aborted; looks++) {
    const queues = await Promise.all([
      context.queueHolds(context.seat, 'gateway', canary),
      context.queueHolds(context.filteredSeat, 'mailbox', canary),
    ]);
    if (queues.every((entries) => entries?.length === 0)) return;
    // Seen as a wait for evidence: the look ends at once when the message is there.
    const look = await context.mailbox(context.filteredSeat, canary, 300);
    if (look.kind === 'messages' && look.messages.length > 0) return;
  }
}

/** A sample must be refused for good, or be kept in the quarantine and not be delivered with its payload. */
async function isStopped(context: CheckContext, kind: SampleKind): Promise<Finding> {
  const sample = sampleOf(kind);
  const args = { sample: kind };
  const sent = await context.send(
    toNeighbour(context, sample.attachment ? { attachments: [sample.attachment] } : { text: sample.text }),
  );
  if (!sent.accepted) {
    const refusal = refusalIn(sent.outcome);
    if (!refusal) return fail('GATEWAY_SILENT', 'a conversation', said(sent), args);
    return refusal.code >= 500 ? pass('STOPPED') : fail('PUT_OFF', 'a refusal for good (5xx)', said(sent), args);
  }
  const kept = await context.quarantined(context.seat, sent, arrivalMs);
  await hasSettled(context, sent);
  const look = await context.mailbox(context.filteredSeat, sent.canary, 0);
  const payload = sample.attachment?.content ?? Buffer.from(sample.text, 'latin1');
  if (look.kind === 'messages' && look.messages.some(({ source }) => carries(source, payload)))
    return fail('DELIVERED', 'stopped at the gateway', "it is in the neighbour's mailbox", args);
  return kept.length > 0
    ? pass('STOPPED')
    : fail('NOT_KEPT', 'the message in the quarantine', 'neither delivered nor kept', args);
}

/** The first sample that is not stopped is the finding. */
async function areStopped(context: CheckContext, kinds: readonly SampleKind[]): Promise<Finding> {
  const findings = await Promise.all(kinds.map((kind) => isStopped(context, kind)));
  return findings.find((finding) => finding.kind !== 'pass') ?? pass('STOPPED');
}

/** What the gateway makes of a sender's address when the forger's host names it. */
function fromForger({ dialogue, seat, filteredSeat }: CheckContext, reversePath: string): Promise<DialogueOutcome> {
  return dialogue({ actor: 'forger' }, { seat: seat.id, host: 'gateway' }, [
    'EHLO mx.forger.test',
    `MAIL FROM:<${reversePath}>`,
    `RCPT TO:<${filteredSeat.user}@${filteredSeat.domain}>`,
  ]);
}

/** A forged message that was taken: did the gateway at least write down that SPF says fail? */
async function isMarked(context: CheckContext): Promise<boolean> {
  const sent = await context.send(
    toNeighbour(context, { from: { actor: 'forger' }, mailFrom: `${context.canary()}@sound.test` }),
  );
  const look = sent.accepted ? await context.mailbox(context.filteredSeat, sent.canary, arrivalMs) : undefined;
  const headers = look?.kind === 'messages' ? (look.messages[0]?.headers ?? []) : [];
  return headers.some(
    ({ name, value }) =>
      (/^received-spf$/i.test(name) && /^\s*fail/i.test(value)) ||
      (/^authentication-results$/i.test(name) && /\bspf=fail/i.test(value)),
  );
}

const common = {
  subject: 'gateway',
  kind: 'must-refuse',
  control: 'benign-mail-passes',
  through: ['filtered-mailbox'],
  level: 'required',
  persists: 'now',
  deadlineMs: 60_000,
} as const;
const stopTags = ['STOPPED', 'DELIVERED', 'NOT_KEPT', 'PUT_OFF', 'GATEWAY_SILENT'];
const stopped = { ...common, step: 'stop', tags: stopTags };

export const checks: readonly Check[] = [
  {
    id: 'benign-mail-passes',
    step: 'scan',
    subject: 'gateway',
    kind: 'must-accept',
    through: ['filtered-mailbox'],
    level: 'required',
    persists: 'survives',
    deadlineMs: 60_000,
    tags: ['BENIGN_PASSED', 'BENIGN_REFUSED', 'BENIGN_LOST', 'BENIGN_CHANGED', 'NEIGHBOUR_NOT_READY'],
    manual: 'MailScanner.conf(5) Non Spam Actions',
    async run(context) {
      const { seat, filteredSeat } = context;
      const body = 'Shall we meet at noon? The usual place.';
      const isReady = deliversFrom(context, seat, filteredSeat);
      const sent = await context.send(toNeighbour(context, { text: body, subject: 'Lunch' }));
      if (!sent.accepted) return fail('BENIGN_REFUSED', '250 to every command', said(sent));
      if (!(await isReady)) return waitFor('NEIGHBOUR_NOT_READY', filteredSeat.id);
      const look = await context.mailbox(filteredSeat, sent.canary, arrivalMs);
      const message = look.kind === 'messages' ? look.messages[0] : undefined;
      if (!message)
        return fail(
          'BENIGN_LOST',
          "the message in the neighbour's mailbox",
          `accepted as ${sent.queueId ?? '?'}, but it did not come`,
          { queueId: sent.queueId ?? 'the queue id' },
        );
      const subject = message.headers.find((field) => field.name.toLowerCase() === 'subject')?.value ?? '';
      const isWhole =
        message.source.toString('latin1').includes(`\r\n\r\n${body}\r\n\r\n${sent.canary}`) &&
        subject === `Lunch ${sent.canary}`;
      return isWhole
        ? pass('BENIGN_PASSED')
        : fail('BENIGN_CHANGED', `subject "Lunch ${sent.canary}" and the body as sent`, `subject "${subject}"`);
    },
  },
  {
    id: 'mail-is-scanned',
    step: 'scan',
    subject: 'gateway',
    kind: 'state',
    through: ['filtered-mailbox'],
    needs: ['benign-mail-passes'],
    level: 'required',
    persists: 'now',
    deadlineMs: 60_000,
    tags: ['SCANNED', 'NOT_SCANNED'],
    manual: 'header_checks(5) HOLD',
    async run(context) {
      const sent = await context.send(toNeighbour(context, {}));
      const look = await context.mailbox(context.filteredSeat, sent.canary, arrivalMs);
      const headers = look.kind === 'messages' ? (look.messages[0]?.headers ?? []) : [];
      // A site may call its field otherwise (Mail Header) or say it in its own words (Clean Header Value).
      const stamp = headers.find(
        ({ name, value }) => /^x-.*mailscanner$/i.test(name) || /^\s*found to be clean/i.test(value),
      );
      return stamp ? pass('SCANNED') : fail('NOT_SCANNED', 'X-...-MailScanner: Found to be clean', 'no such field');
    },
  },
  {
    ...stopped,
    id: 'spam-is-stopped',
    manual: 'MailScanner.conf(5) High Scoring Spam Actions',
    run: (context) => areStopped(context, ['gtube']),
  },
  {
    ...stopped,
    id: 'viruses-are-stopped',
    manual: 'MailScanner.conf(5) Virus Scanning, Maximum Archive Depth',
    run: (context) => areStopped(context, ['eicar', 'eicar-renamed', 'eicar-zip', 'eicar-zip-zip']),
  },
  {
    ...stopped,
    id: 'locked-archives-are-stopped',
    manual: 'MailScanner.conf(5) Allow Password-Protected Archives',
    run: (context) => areStopped(context, ['zip-password']),
  },
  {
    ...common,
    id: 'forged-mail-is-refused',
    step: 'spf',
    tags: ['FORGED_REFUSED', 'FORGED_ACCEPTED', 'FORGED_MARKED', 'CLIENT_REFUSED', 'FORGED_PUT_OFF'],
    manual: 'RFC 7208 section 8.4; postconf(5) check_policy_service',
    async run(context) {
      // The same client in its own name: a domain without SPF says nothing, so this must pass.
      const own = refusalIn(await fromForger(context, `${context.canary()}@forger.test`));
      if (own) return fail('CLIENT_REFUSED', '250: its own domain forbids nothing', words(own));
      const outcome = await fromForger(context, `${context.canary()}@sound.test`);
      const refusal = refusalIn(outcome);
      if (!refusal)
        return (await isMarked(context))
          ? warn('FORGED_MARKED', '550: SPF fail', 'taken, with a header field that says fail')
          : fail('FORGED_ACCEPTED', '550: SPF fail', outcomeWords(outcome));
      return refusal.code >= 500
        ? pass('FORGED_REFUSED')
        : fail('FORGED_PUT_OFF', '550: SPF fail', outcomeWords(outcome));
    },
  },
];

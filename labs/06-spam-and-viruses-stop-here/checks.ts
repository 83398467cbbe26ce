/**
 * checks of 06-spam-and-viruses-stop-here - see CHECKS.md for their specification.
 */
import {
  sampleOf,
  type Check,
  type CheckContext,
  type Finding,
  type MailToSend,
  type SampleKind,
  type SentMail,
} from '#grader';

const arrivalMs = 10_000;

const pass = (tag: string): Finding => ({ kind: 'pass', tag });
const said = (sent: SentMail): string =>
  sent.deciding ? `${sent.deciding.code} ${sent.deciding.lines.join(' ')} (to ${sent.stage})` : 'no conversation';

/** A message from outside to the neighbour, through our gateway. */
function toNeighbour({ seat, filteredSeat }: CheckContext, more: Partial<MailToSend>): MailToSend {
  return {
    from: { actor: 'sound' },
    to: { seat: seat.id, host: 'gateway' },
    rcptTo: [`${filteredSeat.user}@${filteredSeat.domain}`],
    ...more,
  };
}

/** Would the neighbour's mailbox host take the mail from our gateway? If not, the neighbour is not ready. */
async function neighbourTakesMail({ dialogue, filteredSeat, seat }: CheckContext): Promise<boolean> {
  const outcome = await dialogue({ seat: seat.id, host: 'gateway' }, { seat: filteredSeat.id, host: 'mailbox' }, [
    `EHLO ${seat.gateway.name}`,
    `MAIL FROM:<postmaster@${seat.domain}>`,
    `RCPT TO:<${filteredSeat.user}@${filteredSeat.domain}>`,
  ]);
  return outcome.exchanges.some((exchange) => exchange.command.startsWith('RCPT') && exchange.reply.code < 300);
}

/** A sample must be refused in the session, or kept in the quarantine and not be delivered with its payload. */
async function isStopped(context: CheckContext, kind: SampleKind): Promise<Finding> {
  const sample = sampleOf(kind);
  const sent = await context.send(
    toNeighbour(context, sample.attachment ? { attachments: [sample.attachment] } : { text: sample.text }),
  );
  if (!sent.accepted)
    return sent.deciding
      ? pass('STOPPED')
      : { kind: 'fail', tag: 'GATEWAY_SILENT', args: { sample: kind }, expected: 'a conversation', actual: said(sent) };
  const kept = await context.quarantined(context.seat, sent.canary, arrivalMs);
  const look = await context.mailbox(context.filteredSeat, sent.canary, 0);
  const payload = sample.attachment ? sample.attachment.content.toString('base64').slice(0, 60) : sample.text;
  const delivered =
    look.kind === 'messages' &&
    look.messages.some((message) => message.source.toString('latin1').replace(/\r?\n/g, '').includes(payload));
  if (delivered)
    return {
      kind: 'fail',
      tag: 'DELIVERED',
      args: { sample: kind },
      expected: 'stopped at the gateway',
      actual: "it is in the neighbour's mailbox",
    };
  if (kept.length === 0)
    return {
      kind: 'fail',
      tag: 'NOT_KEPT',
      args: { sample: kind },
      expected: 'the message in the quarantine',
      actual: 'neither delivered nor kept',
    };
  return pass('STOPPED');
}

/** The first sample that is not stopped is the finding. */
async function areStopped(context: CheckContext, kinds: readonly SampleKind[]): Promise<Finding> {
  const findings = await Promise.all(kinds.map((kind) => isStopped(context, kind)));
  return findings.find((finding) => finding.kind !== 'pass') ?? pass('STOPPED');
}

const common = {
  subject: 'gateway',
  through: ['filtered-mailbox'],
  level: 'required',
  persists: 'now',
  deadlineMs: 60_000,
} as const;
const stopTags = ['STOPPED', 'DELIVERED', 'NOT_KEPT', 'GATEWAY_SILENT'];

export const checks: readonly Check[] = [
  {
    ...common,
    id: 'benign-mail-passes',
    step: 'scan',
    kind: 'must-accept',
    persists: 'survives',
    tags: ['BENIGN_PASSED', 'BENIGN_REFUSED', 'BENIGN_LOST', 'BENIGN_CHANGED', 'NEIGHBOUR_NOT_READY'],
    manual: 'MailScanner.conf(5) Non Spam Actions',
    async run(context) {
      const body = 'Shall we meet at noon? The usual place.';
      const sent = await context.send(toNeighbour(context, { text: body, subject: 'Lunch' }));
      if (!sent.accepted)
        return { kind: 'fail', tag: 'BENIGN_REFUSED', expected: '250 to every command', actual: said(sent) };
      const look = await context.mailbox(context.filteredSeat, sent.canary, arrivalMs);
      const message = look.kind === 'messages' ? look.messages[0] : undefined;
      if (!message) {
        if (look.kind !== 'messages' || !(await neighbourTakesMail(context)))
          return { kind: 'waiting', tag: 'NEIGHBOUR_NOT_READY', neighbour: context.filteredSeat.id };
        return {
          kind: 'fail',
          tag: 'BENIGN_LOST',
          expected: "the message in the neighbour's mailbox",
          actual: 'accepted, but it did not come',
        };
      }
      const subject = message.headers.find((field) => field.name.toLowerCase() === 'subject')?.value ?? '';
      const isWhole =
        message.source.toString('latin1').includes(`\r\n\r\n${body}\r\n\r\n${sent.canary}`) &&
        subject === `Lunch ${sent.canary}`;
      return isWhole
        ? pass('BENIGN_PASSED')
        : {
            kind: 'fail',
            tag: 'BENIGN_CHANGED',
            expected: `subject "Lunch ${sent.canary}" and the body as sent`,
            actual: `subject "${subject}"`,
          };
    },
  },
  {
    ...common,
    id: 'mail-is-scanned',
    step: 'scan',
    kind: 'state',
    needs: ['benign-mail-passes'],
    tags: ['SCANNED', 'NOT_SCANNED'],
    manual: 'header_checks(5) HOLD',
    async run(context) {
      const sent = await context.send(toNeighbour(context, {}));
      const look = await context.mailbox(context.filteredSeat, sent.canary, arrivalMs);
      const headers = look.kind === 'messages' ? (look.messages[0]?.headers ?? []) : [];
      const stamp = headers.find((field) => /^x-.*mailscanner$/i.test(field.name));
      return stamp && /clean/i.test(stamp.value)
        ? pass('SCANNED')
        : {
            kind: 'fail',
            tag: 'NOT_SCANNED',
            expected: 'X-...-MailScanner: Found to be clean',
            actual: stamp?.value ?? 'no such field',
          };
    },
  },
  {
    ...common,
    id: 'spam-is-stopped',
    step: 'stop',
    kind: 'must-refuse',
    control: 'benign-mail-passes',
    tags: stopTags,
    manual: 'MailScanner.conf(5) High Scoring Spam Actions',
    run: (context) => areStopped(context, ['gtube']),
  },
  {
    ...common,
    id: 'viruses-are-stopped',
    step: 'stop',
    kind: 'must-refuse',
    control: 'benign-mail-passes',
    tags: stopTags,
    manual: 'MailScanner.conf(5) Virus Scanning, Maximum Archive Depth',
    run: (context) => areStopped(context, ['eicar', 'eicar-renamed', 'eicar-zip', 'eicar-zip-zip']),
  },
  {
    ...common,
    id: 'locked-archives-are-stopped',
    step: 'stop',
    kind: 'must-refuse',
    control: 'benign-mail-passes',
    tags: stopTags,
    manual: 'MailScanner.conf(5) Allow Password-Protected Archives',
    run: (context) => areStopped(context, ['zip-password']),
  },
  {
    ...common,
    id: 'forged-mail-is-refused',
    step: 'spf',
    kind: 'must-refuse',
    control: 'benign-mail-passes',
    tags: ['FORGED_REFUSED', 'FORGED_ACCEPTED'],
    manual: 'RFC 7208 section 8.4; postconf(5) check_policy_service',
    async run(context) {
      const { seat, filteredSeat } = context;
      const outcome = await context.dialogue({ actor: 'forger' }, { seat: seat.id, host: 'gateway' }, [
        'EHLO mx.forger.test',
        'MAIL FROM:<director@sound.test>',
        `RCPT TO:<${filteredSeat.user}@${filteredSeat.domain}>`,
      ]);
      const refusal = outcome.exchanges.find((exchange) => exchange.reply.code >= 500)?.reply;
      const last = outcome.exchanges.at(-1)?.reply;
      return refusal
        ? pass('FORGED_REFUSED')
        : {
            kind: 'fail',
            tag: 'FORGED_ACCEPTED',
            expected: '550: SPF fail',
            actual: last ? `${last.code} ${last.lines.join(' ')}` : 'no answer',
          };
    },
  },
];

/**
 * checks of 06-spam-and-viruses-stop-here - see CHECKS.md for their specification.
 */
import {
  deliversFrom,
  fail,
  inconclusive,
  mustTake,
  notAdmitted,
  outcomeWords,
  OutOfReachError,
  pass,
  refusalIn,
  refusalOf,
  relayUser,
  said,
  sampleOf,
  sendTo,
  undecided,
  waitFor,
  warn,
  words,
  type Check,
  type CheckContext,
  type Finding,
  type MailToSend,
  type SampleKind,
  type SentMail,
} from '#grader';
import { asksOwnHosts, fromForger } from './forged.ts';
import { carries } from './payload.ts';

/** MailScanner looks every few seconds. */
const arrivalMs = 10_000;
const keepingMs = 8000;
const lookMs = 1000;

/** A message from outside to the neighbour, through our gateway. */
function toNeighbour({ seat, filteredSeat }: CheckContext, more: Partial<MailToSend>): MailToSend {
  return {
    from: { actor: 'sound' },
    to: { seat: seat.id, host: 'gateway' },
    rcptTo: [`${filteredSeat.user}@${filteredSeat.domain}`],
    ...more,
  };
}

interface SentSample {
  readonly kind: SampleKind;
  readonly payload: Buffer;
  readonly sent: SentMail;
}

async function sendSample(context: CheckContext, kind: SampleKind): Promise<SentSample> {
  const { attachment, text } = sampleOf(kind);
  const sent = await context.send(toNeighbour(context, attachment ? { attachments: [attachment] } : { text }));
  return { kind, sent, payload: attachment?.content ?? Buffer.from(text, 'latin1') };
}

async function isDelivered(context: CheckContext, { sent, payload }: SentSample): Promise<boolean> {
  const look = await context.mailbox(context.filteredSeat, sent.canary, 0);
  return look.kind === 'messages' && look.messages.some(({ source }) => carries(source, payload));
}

/** Waits until the sample is kept or delivered. True when it is kept. */
async function isKept(context: CheckContext, sample: SentSample): Promise<boolean> {
  for (let looks = 0; looks < keepingMs / lookMs && !context.signal.aborted; looks++) {
    if ((await context.quarantined(context.seat, sample.sent, lookMs)).length > 0) return true;
    if (await isDelivered(context, sample)) return false;
  }
  return false;
}

/** Waits until neither our gateway nor the neighbour's mailbox host has any of them on its way: what is not in the mailbox then will not come. */
async function haveSettled(context: CheckContext, samples: readonly SentSample[]): Promise<void> {
  const canaries = samples.map(({ sent }) => sent.canary);
  for (let looks = 0; looks < 10 && canaries.length > 0 && !context.signal.aborted; looks++) {
    const queues = await Promise.all([
      context.queueHolds(context.seat, 'gateway', ...canaries),
      context.queueHolds(context.filteredSeat, 'mailbox', ...canaries),
    ]);
    if (queues.every((entries) => entries?.length === 0)) return;
  }
}

/** A refusal for good stops a sample; undefined when the gateway took it. */
function refused({ kind, sent }: SentSample): Finding | undefined {
  if (sent.accepted) return undefined;
  const refusal = refusalIn(sent.outcome);
  if (!refusal) return fail('GATEWAY_SILENT', 'a conversation', said(sent), { sample: kind });
  return refusal.code >= 500
    ? pass('STOPPED')
    : fail('PUT_OFF', 'a refusal for good (5xx)', said(sent), { sample: kind });
}

/** Samples must be refused for good, or be kept in the quarantine and not be delivered with their payload. The first that is not is the finding. */
async function areStopped(context: CheckContext, kinds: readonly SampleKind[]): Promise<Finding> {
  const samples = await Promise.all(kinds.map((kind) => sendSample(context, kind)));
  const taken = samples.filter(({ sent }) => sent.accepted);
  const kept = new Map(
    await Promise.all(taken.map(async (sample) => [sample, await isKept(context, sample)] as const)),
  );
  await haveSettled(context, taken);
  const findings = await Promise.all(
    samples.map(async (sample) => {
      const args = { sample: sample.kind };
      const early = refused(sample);
      if (early) return early;
      if (await isDelivered(context, sample))
        return fail('DELIVERED', 'stopped at the gateway', "it is in the neighbour's mailbox", args);
      return kept.get(sample)
        ? pass('STOPPED')
        : fail('NOT_KEPT', 'the message in the quarantine', 'neither delivered nor kept', args);
    }),
  );
  return findings.find((finding) => finding.kind !== 'pass') ?? pass('STOPPED');
}

/** From outside only a refusal can be seen, and it counts when a harmless message is taken the same way. */
async function areRefused(context: CheckContext, kinds: readonly SampleKind[]): Promise<Finding> {
  const barred = await notAdmitted(context);
  if (barred) return barred;
  const rcptTo = [relayUser(context)];
  const benign = await sendTo(context, { rcptTo });
  if (!benign.accepted)
    return refusalOf(benign)
      ? inconclusive('KNOWN_USER_REFUSED', '250 to every command, for a harmless message', said(benign))
      : undecided(benign);
  for (const kind of kinds) {
    const { attachment, text } = sampleOf(kind);
    const sent = await sendTo(context, { rcptTo, ...(attachment ? { attachments: [attachment] } : { text }) });
    if (sent.accepted) throw new OutOfReachError('followed');
    if (!refusalOf(sent)) return undecided(sent);
  }
  return pass('STOPPED');
}

/** A check of samples, from inside and from outside. */
const stopping = (kinds: readonly SampleKind[]): Pick<Check, 'run' | 'outside'> => ({
  run: (context) => areStopped(context, kinds),
  outside: { by: 'rejection', wantsRelayUser: true, run: (context) => areRefused(context, kinds) },
});

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
    outside: {
      by: 'refusal',
      wantsRelayUser: true,
      run: (context) =>
        mustTake(context, relayUser(context), (sent) => fail('BENIGN_REFUSED', '250 to every command', said(sent))),
    },
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
      // A site may call its field otherwise (Mail Header) or say it in its own words (Clean Header Value). amavis has a field of its own.
      const stamp = headers.find(
        ({ name, value }) => /^x-(.*mailscanner|virus-scanned)$/i.test(name) || /^\s*found to be clean/i.test(value),
      );
      return stamp ? pass('SCANNED') : fail('NOT_SCANNED', 'X-...-MailScanner: Found to be clean', 'no such field');
    },
  },
  {
    ...stopped,
    id: 'spam-is-stopped',
    manual: 'MailScanner.conf(5) High Scoring Spam Actions',
    ...stopping(['gtube']),
  },
  {
    ...stopped,
    id: 'viruses-are-stopped',
    manual: 'MailScanner.conf(5) Virus Scanning, Maximum Archive Depth',
    ...stopping(['eicar', 'eicar-renamed', 'eicar-zip', 'eicar-zip-zip']),
  },
  {
    ...stopped,
    id: 'locked-archives-are-stopped',
    manual: 'MailScanner.conf(5) Allow Password-Protected Archives',
    ...stopping(['zip-password']),
  },
  {
    ...common,
    id: 'forged-mail-is-refused',
    step: 'spf',
    tags: ['FORGED_REFUSED', 'FORGED_ACCEPTED', 'FORGED_MARKED', 'CLIENT_REFUSED', 'FORGED_PUT_OFF', 'OWN_HOSTS_ASKED'],
    manual: 'RFC 7208 section 8.4; postconf(5) check_policy_service',
    // It rests on the SPF records of the workshop's domains.
    outside: { by: 'nothing', because: 'ring' },
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
      if (refusal.code < 500) return fail('FORGED_PUT_OFF', '550: SPF fail', outcomeWords(outcome));
      return (await asksOwnHosts(context)) ?? pass('FORGED_REFUSED');
    },
  },
];

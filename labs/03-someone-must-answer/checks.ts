/**
 * checks of 03-someone-must-answer - see CHECKS.md for their specification.
 */
import {
  converse,
  deliversFrom,
  fail,
  inconclusive,
  mayTrustUs,
  mustArrive,
  notRead,
  outcomeWords,
  pass,
  replyToRcpt,
  said,
  waitFor,
  words,
  type Check,
  type CheckContext,
  type Finding,
  type SentMail,
  type Speaker,
} from '#grader';

/** In lab 6 a message rests in the gateway's hold queue first. */
const arrivalMs = 8000;

/** Sends to the address at that host; it must reach the user's mailbox. */
async function reachesAPerson(context: CheckContext, host: 'gateway' | 'mailbox', recipient: string): Promise<Finding> {
  const { seat } = context;
  // A later lab closes the mailbox host to all but the neighbour's gateway.
  const from: Speaker = host === 'mailbox' ? { seat: context.filteringSeat.id, host: 'gateway' } : { actor: 'sound' };
  const sent = await context.send({ from, to: { seat: seat.id, host }, rcptTo: [recipient] });
  const address = recipient.replace(/[<>]/g, '');
  if (!sent.accepted) return addressRefused(address, sent);
  const look = await context.mailbox(seat, sent.canary, arrivalMs);
  if (look.kind === 'messages' && look.messages.length > 0) return pass('SOMEONE_ANSWERS', { address });
  const actual = look.kind === 'messages' ? `accepted as ${sent.queueId ?? '?'}, but not there` : look.reason;
  return nobodyReads(context, address, actual);
}

/** Mail of the gateway to a person may go by the domain's MX: after lab 5 that is the neighbour's gateway, which may not be ready. */
async function waitsForTheFilter(context: CheckContext, finding: Finding): Promise<Finding> {
  const { seat, filteringSeat } = context;
  if (finding.kind !== 'fail' || finding.tag !== 'NOBODY_READS_IT') return finding;
  const mx = await context.dns.mx(seat.domain);
  const goesRound = mx.kind === 'found' && mx.records.some(({ exchange }) => exchange === filteringSeat.gateway.name);
  if (!goesRound || (await deliversFrom(context, seat, seat))) return finding;
  const sent = await context.send({
    from: { actor: 'sound' },
    to: { seat: filteringSeat.id, host: 'gateway' },
    rcptTo: [`${seat.user}@${seat.domain}`],
  });
  const look = sent.accepted ? await context.mailbox(seat, sent.canary, arrivalMs) : undefined;
  return look?.kind === 'messages' && look.messages.length > 0
    ? finding
    : waitFor('FILTER_NOT_READY', filteringSeat.id);
}

const addressRefused = (address: string, sent: SentMail): Finding =>
  fail('ADDRESS_REFUSED', '250 to every command', said(sent), { address });

const nobodyReads = ({ seat }: CheckContext, address: string, actual: string): Finding =>
  fail('NOBODY_READS_IT', `the message in the INBOX of ${seat.user}`, actual, { address });

/** From outside, with a look into the mailbox if there is a password. */
function answersUs(context: CheckContext, recipient: string): Promise<Finding> {
  const address = recipient.replace(/[<>]/g, '');
  return mustArrive(context, recipient, {
    refused: (sent) => addressRefused(address, sent),
    arrived: pass('SOMEONE_ANSWERS', { address }),
    lost: (sent) => nobodyReads(context, address, `accepted as ${sent.queueId ?? '?'}, but not there`),
  });
}

/** From outside: as inside, unless the host may let us relay. */
async function tellsOfUs(context: CheckContext): Promise<Finding> {
  const canary = context.canary();
  const outcome = await converse(context, ['MAIL FROM:<check@stranger.test>', `RCPT TO:<${canary}@outside.test>`]);
  const answer = replyToRcpt(outcome);
  if (!answer) return inconclusive('TARGET_CANNOT_BE_REACHED', 'an answer', outcomeWords(outcome));
  if (answer.code < 400) return mayTrustUs(context, words(answer));
  const look = await context.mailbox(context.seat, canary, arrivalMs);
  if (look.kind !== 'messages') return notRead(context, look.reason);
  return look.messages.length > 0 ? pass('NOTICE_CAME') : noNotice();
}

const noNotice = (): Finding => fail('NO_NOTICE', 'a transcript of the refused session, to postmaster', 'none came');

const common = {
  subject: 'mailbox',
  kind: 'must-accept',
  level: 'required',
  persists: 'survives',
  deadlineMs: 45_000,
} as const;

const addressCheck = (id: string, recipient: (context: CheckContext) => string, manual: string): Check => ({
  ...common,
  id,
  step: 'aliases',
  tags: ['SOMEONE_ANSWERS', 'ADDRESS_REFUSED', 'NOBODY_READS_IT'],
  manual,
  outside: { by: 'delivery', run: (context) => answersUs(context, recipient(context)) },
  run: (context) => reachesAPerson(context, 'mailbox', recipient(context)),
});

export const checks: readonly Check[] = [
  addressCheck('postmaster-answers', ({ seat }) => `postmaster@${seat.domain}`, 'RFC 5321 section 4.5.1; aliases(5)'),
  addressCheck('root-answers', ({ seat }) => `root@${seat.domain}`, 'aliases(5)'),
  addressCheck('abuse-answers', ({ seat }) => `abuse@${seat.domain}`, 'RFC 2142 section 4'),
  addressCheck('bare-postmaster-answers', () => '<postmaster>', 'RFC 5321 section 4.5.1'),
  {
    ...common,
    id: 'gateway-postmaster-answers',
    step: 'gateway',
    subject: 'gateway',
    needs: ['postmaster-answers'],
    tags: ['SOMEONE_ANSWERS', 'ADDRESS_REFUSED', 'NOBODY_READS_IT', 'FILTER_NOT_READY'],
    manual: 'RFC 5321 section 4.5.1; aliases(5)',
    outside: {
      by: 'refusal',
      run: (context) => answersUs(context, `postmaster@${context.seat.gateway.name}`),
    },
    run: async (context) =>
      waitsForTheFilter(context, await reachesAPerson(context, 'gateway', `postmaster@${context.seat.gateway.name}`)),
  },
  {
    ...common,
    id: 'policy-notices-arrive',
    step: 'notices',
    kind: 'state',
    needs: ['postmaster-answers'],
    persists: 'now',
    tags: ['NOTICE_CAME', 'NO_NOTICE', 'NOT_REFUSED'],
    manual: 'postconf(5) notify_classes',
    outside: { by: 'mailbox', needs: ['postmaster-answers'], run: tellsOfUs },
    async run(context) {
      const canary = context.canary();
      const { seat, filteringSeat } = context;
      const outcome = await context.dialogue(
        { seat: filteringSeat.id, host: 'gateway' },
        { seat: seat.id, host: 'mailbox' },
        [`EHLO ${filteringSeat.gateway.name}`, 'MAIL FROM:<check@stranger.test>', `RCPT TO:<${canary}@outside.test>`],
      );
      const answer = replyToRcpt(outcome);
      if (answer && answer.code < 400) return fail('NOT_REFUSED', 'a refusal of mail for outside.test', words(answer));
      const look = await context.mailbox(seat, canary, arrivalMs);
      if (look.kind === 'messages' && look.messages.length > 0) return pass('NOTICE_CAME');
      return noNotice();
    },
  },
];

/**
 * outside-page - docs/reference/judged-from-outside.md: which checks `gatehouse grade --target` can put to a host that is not ours, and why not the others.
 */
import { loadLabs } from '../../grader/load-labs.ts';
import type { Check } from '../../grader/lab.ts';
import { insideOnly } from '../../grader/outside-lab.ts';
import { code, markdownTable } from './table.ts';

const answers = {
  smtp: 'yes',
  dns: 'yes, with `--dns`',
  mailbox: 'yes, with `--password-file`',
  delivery: 'yes, with `--password-file`; without it only that it was refused',
  refusal: 'only that it was refused: what it took may be lost inside',
  rejection: 'only that it was refused in the session: what it took may be in a quarantine',
} as const;

function rowOf(check: Check, reasons: Readonly<Record<string, string>>): string[] {
  const look = check.outside ?? insideOnly;
  if (look.by === 'nothing') return [code(check.id), check.subject, `no: ${reasons[look.because] ?? ''}`];
  const subject = look.place === undefined ? check.subject : `${check.subject} (of a ${look.place})`;
  return [
    code(check.id),
    subject,
    answers[look.by] + (look.wantsRelayUser ? ' (needs `--relays-for`, or the names of the sheets)' : ''),
  ];
}

export async function outsidePage(): Promise<string> {
  const labs = await loadLabs();
  const sections = labs.map(({ lab, words }) => {
    const rows = lab.checks.map((check) => rowOf(check, words.outside));
    return `## ${lab.id}\n\n${markdownTable(['check', 'about', 'judged from outside'], rows)}`;
  });
  return `# Judged from outside

\`gatehouse grade --target HOST\` judges a host that is not ours, spoken to over SMTP from an address that it does not know. It takes the place of a seat's gateway, or with \`--as mailbox\` of its mailbox
host; checks about the other host are not run. What is not judged is not counted: the score says how many of the points that can be judged from outside were earned.

* **A refusal counts only beside its twin**: the same speaker, let through to an address of the host's own. A host that takes mail from this computer for none of its addresses gets *inconclusive*, never
  *fail* (\`TARGET_TURNS_US_AWAY\`), and so does one that puts it off (\`TARGET_PUTS_US_OFF\`): a greylist does that to everybody.
* **Nobody outside can see whom a host trusts.** One that relays for this computer is an open relay only with \`--stranger\`, by which somebody vouches that this computer is not in its \`mynetworks\`; without
  it the verdict is *inconclusive* (\`TARGET_TAKES_OUR_MAIL_FOR_OTHERS\`).
* **What a host took may be lost inside it**, so no check passes because a message was taken. Only that it was refused can be seen; with \`--password-file\` (and \`--as mailbox\`) also that it came into
  the user's mailbox, over IMAP with TLS on port 993. The certificate is not checked, since students make their own: give a password that is used nowhere else.
* **Nobody else is written to.** Connections are made to the host only, to ports 25 (or the one given) and 993, and to the name server of \`--dns\`. Recipients are its own users, the one of \`--relays-for\`, and names that cannot
  exist (RFC 6761). Messages have the null reverse-path or one of the host itself, so that nobody
  else gets a bounce.

${sections.join('\n\n')}
`;
}

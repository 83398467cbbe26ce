/**
 * mailbox - puts a message where a user's mail goes, or into a file that an alias names: Maildir or mbox (local(8)).
 */
import path from 'node:path';
import type { PostfixConfig } from '../config/config.ts';
import type { Account, MtaDeps } from '../mta-deps.ts';
import { deliverToMaildir, type Give } from './maildir.ts';
import { deliverToMbox, MailboxFull } from './mbox.ts';

/** What became of it, as a status, a code and a text. */
export interface Placed {
  readonly status: 'sent' | 'deferred' | 'bounced';
  readonly dsn: string;
  readonly text: string;
}

export interface Mail {
  readonly content: Buffer;
  readonly sender: string;
}

/** home_mailbox in the home folder, else a file in mail_spool_directory. A final slash means Maildir. */
export async function deliverToUser(
  config: PostfixConfig,
  deps: MtaDeps,
  account: Account,
  mail: Mail,
): Promise<Placed> {
  const homeMailbox = config.text('home_mailbox');
  const spool = config.text('mail_spool_directory');
  const isInHome = homeMailbox !== '';
  const place = isInHome ? path.posix.join(account.home, homeMailbox) : path.posix.join(spool, account.name);
  const give: Give = async (file) => deps.giveFile?.(file, account.uid, account.gid);
  if ((isInHome ? homeMailbox : spool).endsWith('/')) return toMaildir(config, deps, place, mail, give);
  return toFile(
    config,
    deps,
    place,
    { ...mail, give },
    {
      done: 'delivered to mailbox',
      failed: `cannot update mailbox ${place} for user ${account.name}.`,
    },
  );
}

/** A `/file` destination; a final slash means Maildir. */
export function deliverToFile(config: PostfixConfig, deps: MtaDeps, file: string, mail: Mail): Promise<Placed> {
  if (file.endsWith('/')) return toMaildir(config, deps, file, mail);
  return toFile(config, deps, file, mail, {
    done: `delivered to file: ${file}`,
    failed: `cannot append message to file ${file}:`,
  });
}

async function toMaildir(
  config: PostfixConfig,
  deps: MtaDeps,
  place: string,
  mail: Mail,
  give?: Give,
): Promise<Placed> {
  try {
    await deliverToMaildir(deps.root.resolve(place), mail.content, config.text('myhostname'), deps.clock, give);
    return { status: 'sent', dsn: '2.0.0', text: 'delivered to maildir' };
  } catch (error) {
    return { status: 'deferred', dsn: '4.2.0', text: `maildir delivery failed: ${reasonOf(error, place, deps)}` };
  }
}

async function toFile(
  config: PostfixConfig,
  deps: MtaDeps,
  place: string,
  { content, sender, give }: Mail & { give?: Give },
  words: { done: string; failed: string },
): Promise<Placed> {
  try {
    const sizeLimit = config.integer('mailbox_size_limit');
    await deliverToMbox({
      file: deps.root.resolve(place),
      content,
      sender,
      sizeLimit,
      clock: deps.clock,
      ...(give && { give }),
    });
    return { status: 'sent', dsn: '2.0.0', text: words.done };
  } catch (error) {
    const isFull = error instanceof MailboxFull;
    return {
      status: isFull ? 'bounced' : 'deferred',
      dsn: isFull ? '5.2.2' : '4.2.0',
      text: `${words.failed} ${reasonOf(error, place, deps)}`,
    };
  }
}

/** The system's words, with paths as the host sees them. */
function reasonOf(error: unknown, place: string, { root }: MtaDeps): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(root.resolve(place), place);
}

/**
 * submit-report - puts a notice or a warning of the scanner's own into the queue, with a trace field and the null sender (RFC 3834 section 3.3).
 */
import type { Queue } from '#mta/queue/queue.ts';

/** A recipient without a domain is one of this host. */
export async function submitReport(
  queue: Queue,
  host: string,
  content: Buffer,
  recipients: readonly string[],
): Promise<void> {
  if (recipients.length === 0) return;
  const open = await queue.open();
  const received = Buffer.from(`Received: by ${host} (MailScanner)\n\tid ${open.queueId}\n`, 'latin1');
  await open.commit(
    {
      envelope: {
        reversePath: '',
        recipients: recipients.map((address) => ({
          address: address.includes('@') ? address : `${address}@${host}`,
          originalRecipient: address,
        })),
      },
      origin: { kind: 'internal', rewriteContext: 'local' },
      content: Buffer.concat([received, content]),
    },
    'incoming',
  );
}

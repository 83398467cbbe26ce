/**
 * message-id - MailScanner's name for a message: the queue id, `.A`, and four hexadecimal digits of a checksum, the same after a restart.
 */

/** Fletcher's checksum of the first 256 bytes. */
export function scannerId(queueId: string, content: Buffer): string {
  let first = 0;
  let second = 0;
  for (const byte of content.subarray(0, 256)) {
    first = (first + byte) % 255;
    second = (second + first) % 255;
  }
  return `${queueId}.A${((second << 8) | first).toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * queue-id - names of messages in the queue, as Postfix makes them (postconf(5) enable_long_queue_ids).
 *
 * Short: five hexadecimal digits of microseconds and the file's inode number; unique while the file exists. Long: seconds and microseconds in base 52,
 * `z`, the inode in base 51; unique for good.
 */

const digits52 = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';

/** `microseconds`: 0-999999 of the arrival; `inode`: of the queue file. */
export function shortQueueId(microseconds: number, inode: bigint): string {
  return `${microseconds.toString(16).padStart(5, '0')}${inode.toString(16)}`.toUpperCase();
}

/** `seconds` since the epoch. */
export function longQueueId(seconds: number, microseconds: number, inode: bigint): string {
  return `${inBase(BigInt(seconds), 52n, 6)}${inBase(BigInt(microseconds), 52n, 4)}z${inBase(inode, 51n, 1)}`;
}

/** Either form. */
export function isQueueId(text: string): boolean {
  return /^[0-9A-F]{6,20}$|^[0-9A-Za-z]{10,}z[0-9A-Za-y]+$/.test(text);
}

function inBase(value: bigint, base: bigint, width: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= base) text = digits52.charAt(Number(rest % base)) + text;
  return text.padStart(width, '0');
}

/**
 * syslog-time - the time stamp of a log line (RFC 3164 section 4.1.2) and of a mail header (RFC 5322 section 3.3), in UTC.
 */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (value: number): string => String(value).padStart(2, '0');

/** `Nov 24 03:54:55`; the day is padded with a blank. `ms` since the epoch. */
export function syslogTime(ms: number): string {
  const date = new Date(ms);
  return `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${clockTime(date)}`;
}

/** `Tue, 24 Nov 2026 03:54:55 +0000 (UTC)`, as Postfix writes it. */
export function headerTime(ms: number): string {
  const date = new Date(ms);
  return `${days[date.getUTCDay()]}, ${String(date.getUTCDate()).padStart(2)} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${clockTime(date)} +0000 (UTC)`;
}

function clockTime(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** `20261124035455`, for Message-Id. */
export function compactTime(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCFullYear()}${two(date.getUTCMonth() + 1)}${two(date.getUTCDate())}${two(date.getUTCHours())}${two(date.getUTCMinutes())}${two(date.getUTCSeconds())}`;
}

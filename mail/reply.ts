/**
 * reply - an SMTP reply: code, enhanced status code, text lines (RFC 5321 section 4.2, RFC 3463, RFC 2034).
 *
 * `formatReply` writes one as it goes over the wire; `parseReply` reads a whole one back. A reply's meaning (`success`, `intermediate`, `temporary`,
 * `permanent`) comes from its code alone, never from its text.
 */

export interface Reply {
  /** 200-559. */
  readonly code: number;
  /** RFC 3463 status such as `5.7.1`; absent in greetings, EHLO answers, 354 and 334. */
  readonly enhancedStatus?: string;
  /** One or more lines without code, status or line ends. */
  readonly lines: readonly string[];
}

export type ReplyClass = 'success' | 'intermediate' | 'temporary' | 'permanent' | 'unknown';

/** What a code's first digit says (RFC 5321 section 4.2.1). */
export function replyClass(reply: Pick<Reply, 'code'>): ReplyClass {
  const classes: readonly ReplyClass[] = ['unknown', 'unknown', 'success', 'intermediate', 'temporary', 'permanent'];
  return classes[Math.floor(reply.code / 100)] ?? 'unknown';
}

/** Makes a reply from the usual text `CODE [X.Y.Z] text`; each `\n` starts another line. */
export function reply(text: string): Reply {
  const parsed = parseReply(
    text
      .split('\n')
      .map((line, index, all) =>
        (index === 0 ? line : `${text.slice(0, 3)} ${line}`).replace(
          /^(\d{3})[ -]/,
          index < all.length - 1 ? '$1-' : '$1 ',
        ),
      ),
  );
  if (!parsed) throw new Error(`not a reply: ${text}`);
  return parsed;
}

/** The lines to send, without line ends: `250-first`, `250 last`; the enhanced status stands on every line (RFC 2034 section 3). */
export function formatReply(reply: Reply): string[] {
  const status = reply.enhancedStatus ? `${reply.enhancedStatus} ` : '';
  return reply.lines.map((line, index) => `${reply.code}${index < reply.lines.length - 1 ? '-' : ' '}${status}${line}`);
}

/** Reads the lines of one whole reply; undefined when they are not one. */
export function parseReply(lines: readonly string[]): Reply | undefined {
  const parts = lines.map((line) => /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(line));
  const first = parts[0];
  if (!first || parts.some((part) => !part || part[1] !== first[1])) return undefined;
  const texts = parts.map((part) => part?.[3] ?? '');
  const status = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(texts[0] ?? '')?.[1];
  const code = Number(first[1]);
  if (status === undefined) return { code, lines: texts };
  return {
    code,
    enhancedStatus: status,
    lines: texts.map((text) => (text.startsWith(status) ? text.slice(status.length).replace(/^ /, '') : text)),
  };
}

/**
 * normalise - takes out of replies and log lines what differs from run to run: queue ids, times, TLS details.
 */

/** A reply line. */
export function normaliseReply(line: string): string {
  return line.replace(/queued as \S+$/, 'queued as QID');
}

/** We hand no message to cleanup that smtpd refuses at its end or that is too large, so its Message-ID is not logged. */
function isAfterRefusal(line: string, lines: readonly string[]): boolean {
  const id = /^cleanup: (\w+): message-id=/.exec(line)?.[1];
  const ends = [`smtpd: ${id}: reject: END-OF-MESSAGE`, `smtpd: warning: ${id}: queue file size limit`];
  return id !== undefined && lines.some((each) => ends.some((end) => each.startsWith(end)));
}

/** Where two clocks of the machine differ. */
const ofThisMachine = /file system clock|resetting file time stamps|mail_stream_cleanup: close error/;

/** Log lines of one session. */
export function normaliseLog(lines: readonly string[]): string[] {
  const ids = new Set(lines.flatMap((line) => /^\S+: (?:warning: )?([0-9A-F]{8,}):/.exec(line)?.[1] ?? []));
  return lines
    .filter((line) => !isAfterRefusal(line, lines) && !ofThisMachine.test(line))
    .map((line) => {
      let text = line
        .replace(/[A-Z][a-z]{2}, [ \d]\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000 \(UTC\)/g, 'DATE')
        .replace(/TLSv[\d.]+ with cipher.*$/, 'TLS with cipher')
        .replace(/^(\S+: )(?:warning: )?(?:TLS library problem: error:).*$/, '$1TLS library problem')
        .replace(/<\d{14}\.[0-9A-F]+@/, '<TIME.QID@');
      for (const id of ids) text = text.replaceAll(id, 'QID');
      return text;
    });
}

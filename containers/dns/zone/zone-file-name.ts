/**
 * zone-file-name - which zone a file of etc/bind holds, by Debian's custom: `db.<domain>`, and `db.198.18.1` for 1.18.198.in-addr.arpa.
 */

/** The zone's origin without final dot; undefined when the name is no zone file's. */
export function zoneOfFile(fileName: string): string | undefined {
  const rest = /^db\.([A-Za-z0-9._-]+)$/.exec(fileName)?.[1];
  if (rest === undefined) return undefined;
  return /^\d{1,3}(\.\d{1,3}){0,3}$/.test(rest)
    ? `${rest.split('.').reverse().join('.')}.in-addr.arpa`
    : rest.toLowerCase();
}

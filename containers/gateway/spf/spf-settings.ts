/**
 * spf-settings - policyd-spf.conf: what the SPF policy service refuses, and whom it does not ask about (policyd-spf.conf(5)).
 *
 * `TestOnly = 0` refuses nothing (1 is normal operation: the name misleads, the value is the genuine one's). A line that cannot be read is reported and left out.
 *
 * Limits: no per-user settings, no Domain_Whitelist_PTR, no Authentication-Results (Header_Type AR).
 */
import type { HostRoot } from '#util/host-root.ts';
import { readHostText } from '#util/host-text.ts';

/** What a result must be to be refused. */
export type RejectLevel = 'spf_not_pass' | 'softfail' | 'fail' | 'null' | 'false' | 'no_check';

export interface SpfSettings {
  readonly debugLevel: number;
  readonly heloReject: RejectLevel;
  readonly mailFromReject: RejectLevel;
  readonly permErrorReject: boolean;
  readonly tempErrorDefer: boolean;
  /** False: `TestOnly = 0`. */
  readonly refuses: boolean;
  readonly skipAddresses: readonly string[];
  readonly whitelist: readonly string[];
  readonly heloWhitelist: readonly string[];
  readonly domainWhitelist: readonly string[];
  readonly hideReceiver: boolean;
  readonly headerType: 'SPF' | 'None';
}

export const spfSettingsFile = '/etc/postfix-policyd-spf-python/policyd-spf.conf';

const defaults: Readonly<Record<string, string>> = {
  debugLevel: '1',
  TestOnly: '1',
  HELO_reject: 'Fail',
  Mail_From_reject: 'Fail',
  PermError_reject: 'False',
  TempError_Defer: 'False',
  skip_addresses: '127.0.0.0/8,::ffff:127.0.0.0/104,::1',
  Whitelist: '',
  HELO_Whitelist: '',
  Domain_Whitelist: '',
  Hide_Receiver: 'No',
  Header_Type: 'SPF',
};
/** Known to the genuine service, without effect here. */
const others =
  /^(Mail_From_pass_restriction|HELO_pass_restriction|SPF_Enhanced_Status_Codes|Authserv_Id|Lookup_Time|Whitelist_Lookup_Time|Void_Limit|Reason_Message|No_Mail|Mock|QueueID|Domain_Whitelist_PTR|Prospective|Reject_Not_Pass_Domains|defaultSeedOnly|Per_User|Bad_HELO)$/i;
const levels: readonly RejectLevel[] = ['spf_not_pass', 'softfail', 'fail', 'null', 'false', 'no_check'];

/** Reads the file afresh: the genuine service starts anew for each session. */
export async function readSpfSettings(root: HostRoot): Promise<{ settings: SpfSettings; faults: readonly string[] }> {
  const text = await readHostText(root, spfSettingsFile).catch(() => '');
  return parseSpfSettings(text);
}

/** Reads the settings' text; each fault is a sentence with line and cure. */
export function parseSpfSettings(text: string): { settings: SpfSettings; faults: readonly string[] } {
  const values = new Map(Object.entries(defaults).map(([name, value]) => [name.toLowerCase(), value]));
  const faults: string[] = [];
  const fault = (line: number, what: string, cure: string): void =>
    void faults.push(`${what} in file "${spfSettingsFile}", line ${line} (cure: ${cure})`);
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '') continue;
    const [, name = '', value = ''] = /^([A-Za-z_]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === '') fault(index + 1, `ERROR parsing line "${line}"`, 'write: Name = value');
    else if (!values.has(name.toLowerCase())) {
      if (!others.test(name))
        fault(index + 1, `ERROR: Unknown name "${name}"`, 'see policyd-spf.conf(5) for the names');
    } else if (
      /_reject$/i.test(name) &&
      !/^permerror/i.test(name) &&
      !levels.some((level) => level === value.toLowerCase())
    )
      fault(
        index + 1,
        `ERROR: Unknown value "${value}" for ${name}`,
        'write Fail, Softfail, SPF_Not_Pass, Null, False or No_Check',
      );
    else values.set(name.toLowerCase(), value);
  }
  const value = (name: string): string => values.get(name.toLowerCase()) ?? '';
  const yes = (name: string): boolean => /^(true|yes|1)$/i.test(value(name));
  const list = (name: string): string[] =>
    value(name)
      .split(/[\s,]+/)
      .filter(Boolean);
  const level = (name: string): RejectLevel => levels.find((each) => each === value(name).toLowerCase()) ?? 'fail';
  return {
    faults,
    settings: {
      debugLevel: Number(value('debugLevel')) || 0,
      heloReject: level('HELO_reject'),
      mailFromReject: level('Mail_From_reject'),
      permErrorReject: yes('PermError_reject'),
      tempErrorDefer: yes('TempError_Defer'),
      refuses: value('TestOnly') !== '0',
      skipAddresses: list('skip_addresses'),
      whitelist: list('Whitelist'),
      heloWhitelist: list('HELO_Whitelist'),
      domainWhitelist: list('Domain_Whitelist'),
      hideReceiver: yes('Hide_Receiver'),
      headerType: /^none$/i.test(value('Header_Type')) ? 'None' : 'SPF',
    },
  };
}

/**
 * parameters - every parameter that Postfix 3.7 knows: name, built-in default, kind (postconf(5)).
 *
 * Names and defaults are data (`postfix-3.7-defaults.cf`); kinds follow from the names and defaults, with the exceptions listed here. Which of them this
 * MTA acts on is told in docs/reference/parameters.md, kept by `acted-on.ts`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export type ParameterKind = 'bool' | 'integer' | 'time' | 'text';

/** Default of every known parameter, unexpanded. Read once: it is a constant of the program, one parameter a line, so that a host need not parse it as it does main.cf. */
export const defaultValues: ReadonlyMap<string, string> = new Map(
  readFileSync(path.join(import.meta.dirname, 'postfix-3.7-defaults.cf'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const equals = line.indexOf(' =');
      return [line.slice(0, equals), line.slice(equals + ' = '.length)];
    }),
);

/** Parameters whose default depends on the machine. */
export const machineParameters: readonly string[] = ['myhostname', 'mydomain', 'mynetworks'];

/** Unit of a time value without one (postconf(5)): hours or days for these, seconds for the rest. */
const timeUnits: Readonly<Record<string, string>> = {
  delay_warning_time: 'h',
  maximal_queue_lifetime: 'd',
  bounce_queue_lifetime: 'd',
  address_verify_positive_expire_time: 'd',
  address_verify_positive_refresh_time: 'd',
  address_verify_negative_expire_time: 'd',
  address_verify_negative_refresh_time: 'h',
};

/** Words or numbers to Postfix, though the default looks like another kind. */
const texts = new Set(['lmtp_tcp_port', 'milter_protocol', 'smtpd_forbid_bare_newline']);

/** What the value of a parameter must be. Decided from its default, or from the one that it follows: `yes`/`no`, digits, or digits with a time unit. */
export function parameterKind(name: string): ParameterKind {
  const [, followed] = /_(?=(?:destination_|initial_destination_|transport_rate_))(.*)$/.exec(name) ?? [];
  const value = defaultValues.get(name) ?? defaultValues.get(`default_${followed}`) ?? '';
  if (texts.has(name) || /_(negative|positive)_feedback$/.test(name)) return 'text';
  if (/^(yes|no)$/.test(value) || /\{(yes|no)\}+$/.test(value)) return 'bool';
  if (/^\d+[smhdw]$/.test(value) || /^\$\{stress\?.*\}s$/.test(value)) return 'time';
  if (/^\$\{stress\?\{\d+\}:\{\d+\}\}$/.test(value)) return 'integer';
  return /^\d+$/.test(value) && !/level|version|lock_tries/.test(name) ? 'integer' : 'text';
}

/** Default time unit of a parameter. */
export function timeUnit(name: string): string {
  return timeUnits[name] ?? 's';
}

/** Is it a parameter of Postfix's own, or one of the per-transport family (`slow_destination_concurrency_limit`)? */
export function isKnownParameter(name: string): boolean {
  return (
    defaultValues.has(name) ||
    machineParameters.includes(name) ||
    /_(destination_(concurrency_(failed_cohort_limit|limit|negative_feedback|positive_feedback)|rate_delay|recipient_limit)|initial_destination_concurrency|transport_rate_delay|time_limit|delivery_slot_\w+|recipient_(limit|refill_\w+)|extra_recipient_limit|minimum_delivery_slots)$/.test(
      name,
    )
  );
}

/** What each delivery transport of master.cf may set for itself (postconf(5): transport_...), with the parameter it follows. */
const perTransport: readonly (readonly [suffix: string, follows: string])[] = [
  'delivery_slot_cost',
  'delivery_slot_discount',
  'delivery_slot_loan',
  'destination_concurrency_failed_cohort_limit',
  'destination_concurrency_limit',
  'destination_concurrency_negative_feedback',
  'destination_concurrency_positive_feedback',
  'destination_rate_delay',
  'destination_recipient_limit',
  'extra_recipient_limit',
  'minimum_delivery_slots',
  'recipient_limit',
  'recipient_refill_delay',
  'recipient_refill_limit',
  'transport_rate_delay',
].map((suffix) => [suffix, `default_${suffix}`]);

const deliveryPrograms = ['smtp', 'lmtp', 'local', 'virtual', 'error', 'pipe'];

/** The family of parameters that the transports of master.cf bring with them, with their defaults. */
export function transportParameters(
  services: readonly { readonly name: string; readonly type: string; readonly command: string }[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, type, command } of services) {
    if (type !== 'unix') continue;
    if (command === 'pipe' || command === 'spawn') found.set(`${name}_time_limit`, '$command_time_limit');
    if (!deliveryPrograms.includes(command)) continue;
    for (const [suffix, follows] of perTransport) found.set(`${name}_${suffix}`, `$${follows}`);
    found.set(`${name}_initial_destination_concurrency`, '$initial_destination_concurrency');
  }
  return found;
}

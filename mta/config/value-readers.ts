/**
 * value-readers - which program reads which yes-or-no, number or time of main.cf, and so dies of a bad one (seen with Postfix 3.7's programs).
 *
 * What is in `ofEveryProgram` stops all of them, the commands too. Other values count when the program that uses them starts: `smtpd` never looks at qmgr's.
 *
 * Limits: values that are numbers but too small or too large are not looked at.
 */
import { FatalConfigError, type PostfixConfig } from './config.ts';
import { parameterKind } from './parameters.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const ofEveryProgram = new Set(
  words(`
    address_verify_negative_cache application_event_drain_time backwards_bounce_logfile_compatibility berkeley_db_create_buffer_size berkeley_db_read_buffer_size
    daemon_table_open_error_is_fatal daemon_timeout default_process_limit delay_logging_resolution_limit deliver_lock_attempts deliver_lock_delay disable_dns_lookups
    disable_mime_input_processing disable_mime_output_conversion dont_remove enable_idna2003_compatibility enable_long_queue_ids enable_original_recipient fork_attempts fork_delay
    hash_queue_depth header_address_token_limit header_size_limit helpful_warnings in_flow_delay ipc_idle ipc_timeout ipc_ttl line_length_limit max_idle max_use message_size_limit
    mime_boundary_length_limit mime_nesting_limit multi_instance_enable owner_request_special send_cyrus_sasl_authzid smtputf8_enable soft_bounce stale_lock_time strict_7bit_headers
    strict_8bitmime strict_8bitmime_body strict_mime_encoding_domain strict_smtputf8 tcp_windowsize trigger_timeout`),
);

/** What no prefix tells. */
const ofProgram: Readonly<Record<string, readonly string[]>> = {
  smtpd: words(`
    address_verify_poll_count address_verify_poll_delay address_verify_sender_ttl allow_untrusted_routing broken_sasl_auth_clients disable_vrfy_command queue_minfree
    show_user_unknown_table_name strict_rfc821_envelopes`),
  cleanup: words(`
    always_add_missing_headers body_checks_size_limit cleanup_replace_stray_cr_lf delay_warning_time detect_8bit_encoding_header disable_verp_bounces duplicate_filter_limit
    hopcount_limit queue_file_attribute_count_limit virtual_alias_address_length_limit virtual_alias_expansion_limit virtual_alias_recursion_limit`),
  'trivial-rewrite': words(`
    allow_min_user allow_percent_hack append_at_myorigin append_dot_mydomain resolve_dequoted_address resolve_null_domain resolve_numeric_domain swap_bangpath`),
  qmgr: words(`
    bounce_queue_lifetime confirm_delay_cleared initial_destination_concurrency maximal_backoff_time maximal_queue_lifetime minimal_backoff_time queue_run_delay transport_retry_time`),
  local: words(`
    biff command_time_limit duplicate_filter_limit expand_owner_alias frozen_delivered_to mailbox_size_limit require_home_directory reset_owner_alias strict_mailbox_ownership
    sun_mailtool_compatibility`),
  smtp: words('connection_cache_protocol_timeout ignore_mx_lookup_error minimal_backoff_time queue_run_delay'),
  lmtp: words('connection_cache_protocol_timeout ignore_mx_lookup_error minimal_backoff_time queue_run_delay'),
};

const qmgrs =
  /^qmgr_|^default_|_destination_(concurrency|recipient|rate)|_transport_rate_delay$|_initial_destination_concurrency$/;

/** Does `program` (or, for `every`, each of them) read this value when it starts? */
export function readsValue(program: string, name: string): boolean {
  if (ofEveryProgram.has(name)) return true;
  if (ofProgram[program]?.includes(name)) return true;
  if (qmgrs.test(name)) return program === 'qmgr';
  if (/(^|_)(reject|defer)_code$/.test(name)) return program === 'smtpd';
  return name.startsWith(`${program}_`) && ['smtpd', 'smtp', 'lmtp'].includes(program);
}

/** What the program dies of when it starts, if anything. Only what is set can be wrong. */
export function programFault(config: PostfixConfig, program: string): FatalConfigError | undefined {
  for (const name of config.entries.keys()) {
    if (!readsValue(program, name)) continue;
    const fault = valueFault(config, name);
    if (fault) return fault;
  }
  return program === 'smtpd' ? tlsLevelFault(config) : undefined;
}

const tlsLevels = ['', 'none', 'may', 'encrypt', 'fingerprint', 'half-dane', 'dane', 'dane-only', 'verify', 'secure'];

function tlsLevelFault(config: PostfixConfig): FatalConfigError | undefined {
  const level = config.text('smtpd_tls_security_level');
  return tlsLevels.includes(level.toLowerCase())
    ? undefined
    : new FatalConfigError(`Invalid TLS level "${level}"`, 'smtpd_tls_security_level is none, may or encrypt');
}

/** Is the value what its parameter must be? */
export function valueFault(config: PostfixConfig, name: string): FatalConfigError | undefined {
  try {
    readValue(config, name);
    return undefined;
  } catch (error) {
    if (error instanceof FatalConfigError) return error;
    throw error;
  }
}

function readValue(config: PostfixConfig, name: string): void {
  switch (parameterKind(name)) {
    case 'bool':
      config.bool(name);
      return;
    case 'integer':
      config.integer(name);
      return;
    case 'time':
      config.durationMs(name);
      return;
    case 'text':
      config.text(name);
  }
}

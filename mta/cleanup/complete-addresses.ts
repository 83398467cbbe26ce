/**
 * complete-addresses - addresses in the header fields of local mail get their domain (cleanup(8), ADDRESS_REWRITING_README: append_at_myorigin).
 *
 * `To: afnog` becomes `To: afnog@$myorigin`. Mail from elsewhere is left alone.
 *
 * Limits: plain and angle-bracketed addresses; what stands in quotes, comments or groups is kept as it is.
 */
import type { HeaderField } from '#mail/header.ts';
import type { PostfixConfig } from '../config/config.ts';
import { completeAddress } from '../config/resolve-address.ts';

const addressFields =
  /^(resent-)?(from|sender|to|cc|bcc|reply-to)$|^(errors-to|return-receipt-to|disposition-notification-to)$/i;
const bare = /^(\s*)([A-Za-z0-9._%+=-]+(?:@[A-Za-z0-9-]+)?)(\s*)$/;
const bracketed = /<([A-Za-z0-9._%+=-]+(?:@[A-Za-z0-9-]+)?)>(\s*)$/;

/** The field with full addresses; the same object when nothing was to be done. */
export function completeField(config: PostfixConfig, field: HeaderField): HeaderField {
  if (!addressFields.test(field.name) || /["():;]/.test(field.value)) return field;
  const value = field.value
    .split(',')
    .map((each) =>
      each
        .replace(
          bare,
          (_whole, before: string, address: string, after: string) => before + completeAddress(config, address) + after,
        )
        .replace(
          bracketed,
          (_whole, address: string, after: string) => `<${completeAddress(config, address)}>${after}`,
        ),
    )
    .join(',');
  return value === field.value ? field : { ...field, value };
}

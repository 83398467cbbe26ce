/**
 * canary - the random token by which a mail is known again: in envelope, Message-ID, subject and body.
 *
 * It is also a plausible local-part (`okello583920`), so that a host cannot take the grader's mail for something special by its address.
 *
 * Limits: 48 names and six digits; unguessable for a class room, no secret.
 */
import { randomInt } from 'node:crypto';

const names =
  'abena adjoa akua amina asha ayaan bakari chipo dalia desta efua eshe fatou femi gatimu hamisi imani jabari jelani kamau kofi kwame lerato lindiwe makena malik masego mosi mwangi nala naledi neema nia njeri nuru obi okello rahma salim sanaa sefu simba tariro temba thandi wanjiru yaa zuri'.split(
    ' ',
  );

/** A token that occurs nowhere else. */
export function newCanary(): string {
  return `${names[randomInt(names.length)]}${String(randomInt(1_000_000)).padStart(6, '0')}`;
}

/**
 * conf-error - a fault in dovecot.conf, in doveconf's words, with its cure.
 */

/** `message` is what doveconf prints after `doveconf: Fatal: `. */
export class DovecotConfError extends Error {
  override readonly name = 'DovecotConfError';
  readonly cure: string;
  constructor(message: string, cure: string) {
    super(message);
    this.cure = cure;
  }
}

/** A fault on one line of a file. */
export function faultAt(file: string, line: number, what: string, cure: string): DovecotConfError {
  return new DovecotConfError(`Error in configuration file ${file} line ${line}: ${what}`, cure);
}

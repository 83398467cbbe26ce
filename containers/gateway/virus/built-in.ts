/**
 * built-in - a virus engine with the one signature that a lab needs: the EICAR test file, wherever it is packed.
 *
 * EICAR's rule (2003): a file that begins with the 68 characters and holds nothing but white space behind them, 128 bytes at most. Answers as clamd does: `Clamd`, `Eicar-Test-Signature`.
 *
 * Limits: signatures are exact; for real viruses set a real clamd beside it.
 */
import type { Infection, Unpacked, VirusAnswer, VirusEngine } from '../scan/engines.ts';

/** Put together at run time, so that no scanner takes this source for the file itself. */
export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-', 'TEST-FILE!$H+H*'].join('');
const longestEicar = 128;

export function createBuiltInEngine(): VirusEngine {
  return { name: 'Clamd', scan: (_message, unpacked) => Promise.resolve(scan(unpacked)) };
}

function scan(unpacked: Unpacked): VirusAnswer {
  const infections: Infection[] = unpacked.files
    .filter((file) => file.content !== undefined && isEicar(file.content))
    .map((file) => ({ partNumber: file.partNumber, fileName: file.name, virus: 'Eicar-Test-Signature' }));
  return { kind: 'scanned', infections };
}

/** Does the file keep EICAR's rule? */
export function isEicar(content: Buffer): boolean {
  if (content.length < eicar.length || content.length > longestEicar) return false;
  const text = content.toString('latin1');
  return (
    text.startsWith(eicar) && [...text.slice(eicar.length)].every((character) => ' \t\n\r\u001a'.includes(character))
  );
}

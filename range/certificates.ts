/**
 * certificates - a self-signed certificate a host, as Debian's ssl-cert makes (`ssl-cert-snakeoil`): ECDSA P-256, the host's name as subject and SAN.
 */
import { webcrypto } from 'node:crypto';

export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

const years = 10;

/** PEM texts; `nowMs` is the beginning of its validity. */
export async function createCertificate(name: string, nowMs: number): Promise<CertificatePair> {
  // Takes long to load, and only a host that is new needs it.
  await import('reflect-metadata');
  const { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator, cryptoProvider } =
    await import('@peculiar/x509');
  cryptoProvider.set(webcrypto as never);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(nowMs - 86_400_000),
    notAfter: new Date(nowMs + years * 365 * 86_400_000),
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: `${certificate.toString('pem')}\n`, key: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n` };
}

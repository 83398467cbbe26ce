/**
 * certificates - a self-signed certificate a host, as Debian's ssl-cert makes (`ssl-cert-snakeoil`): ECDSA P-256, the host's name as subject and SAN (RFC 5280).
 *
 * Laid out field by field in DER: libraries that know certificates take five times as long, which a class of eighty hosts would wait for.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import asn1, { type BerWriter } from 'asn1';

export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

const { Ber } = asn1;
const dayMs = 86_400_000;
const validDays = 10 * 365;
/** ecdsa-with-SHA256 (RFC 5758 section 3.2). */
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
/** RFC 5280 appendix A.1. */
const commonName = '2.5.4.3';
/** RFC 5280 section 4.2.1.6. */
const subjectAltName = '2.5.29.17';
const version3 = 2;
/** `[n]` around other fields, and `[2]` in place of a string's own tag (RFC 5280 appendix A). */
const tags = { version: 0xa0, extensions: 0xa3, dnsName: 0x82 };
/** A SubjectPublicKeyInfo of P-256 has one length octet after its tag. */
const headerBytes = 2;

interface Fields {
  readonly name: string;
  readonly serial: Buffer;
  readonly nowMs: number;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
}

/** PEM texts (RFC 7468); `nowMs` is the beginning of its validity. */
export function createCertificate(name: string, nowMs: number): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const serial = Buffer.from([1, ...randomBytes(15)]); // begins with 1: it must be positive
  const fields = { name, serial, nowMs, publicKey };
  const signed = encode((der) => writeTbsCertificate(der, fields));
  const certificate = encode((der) =>
    sequence(der, () => {
      writeTbsCertificate(der, fields);
      writeAlgorithm(der);
      der.writeBuffer(Buffer.concat([Buffer.from([0]), sign('sha256', signed, privateKey)]), Ber.BitString); // no bits unused
    }),
  );
  return { certificate: toPem('CERTIFICATE', certificate), key: privateKey };
}

/** RFC 5280 section 4.1. */
function writeTbsCertificate(der: BerWriter, { name, serial, nowMs, publicKey }: Fields): void {
  sequence(der, () => {
    sequence(der, () => der.writeInt(version3), tags.version);
    der.writeBuffer(serial, Ber.Integer);
    writeAlgorithm(der);
    writeName(der, name); // its own issuer
    sequence(der, () => {
      writeTime(der, nowMs - dayMs);
      writeTime(der, nowMs + validDays * dayMs);
    });
    writeName(der, name);
    der.writeBuffer(publicKey.subarray(headerBytes), Ber.Sequence | Ber.Constructor);
    sequence(der, () => sequence(der, () => sequence(der, () => writeSubjectAltName(der, name))), tags.extensions);
  });
}

function writeAlgorithm(der: BerWriter): void {
  sequence(der, () => der.writeOID(ecdsaWithSha256, Ber.OID));
}

function writeName(der: BerWriter, name: string): void {
  const attribute = (): void => {
    der.writeOID(commonName, Ber.OID);
    der.writeString(name, Ber.Utf8String);
  };
  sequence(der, () => sequence(der, () => sequence(der, attribute), Ber.Set | Ber.Constructor));
}

/** `260615120000Z`, and from 2050 on all of the year (RFC 5280 section 4.1.2.5). */
function writeTime(der: BerWriter, ms: number): void {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  if (digits < '2050') der.writeString(digits.slice(2), Ber.UTCTime);
  else der.writeString(digits, Ber.GeneralizedTime);
}

function writeSubjectAltName(der: BerWriter, name: string): void {
  der.writeOID(subjectAltName, Ber.OID);
  sequence(der, () => sequence(der, () => der.writeString(name, tags.dnsName)), Ber.OctetString);
}

function encode(write: (der: BerWriter) => void): Buffer {
  const der = new asn1.BerWriter();
  write(der);
  return der.buffer;
}

function sequence(der: BerWriter, write: () => void, tag?: number): void {
  der.startSequence(tag);
  write();
  der.endSequence();
}

function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

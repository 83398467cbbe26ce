/**
 * certificates - a self-signed certificate a host, as Debian's ssl-cert makes (`ssl-cert-snakeoil`): ECDSA P-256, the host's name as subject and SAN (RFC 5280).
 *
 * Laid out field by field: libraries that hide the fields take twice as long, which a class of eighty hosts would wait for.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Extension,
  Extensions,
  GeneralName,
  id_ce_subjectAltName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

const dayMs = 86_400_000;
const validDays = 10 * 365;
/** ecdsa-with-SHA256 (RFC 5758 section 3.2). */
const algorithm = '1.2.840.10045.4.3.2';
/** RFC 5280 appendix A.1. */
const commonName = '2.5.4.3';

/** PEM texts (RFC 7468); `nowMs` is the beginning of its validity. */
export function createCertificate(name: string, nowMs: number): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const tbsCertificate = toBeSigned(name, nowMs, publicKey);
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), privateKey);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm }),
    signatureValue: Uint8Array.from(signature).buffer,
  });
  return { certificate: toPem('CERTIFICATE', AsnConvert.serialize(certificate)), key: privateKey };
}

/** RFC 5280 section 4.1. */
function toBeSigned(name: string, nowMs: number, publicKey: Buffer): TBSCertificate {
  const value = new AttributeValue({ utf8String: name });
  const subject = new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])]);
  const names = new SubjectAlternativeName([new GeneralName({ dNSName: name })]);
  return new TBSCertificate({
    version: Version.v3,
    serialNumber: Uint8Array.from([1, ...randomBytes(15)]).buffer, // begins with 1: it must be positive
    signature: new AlgorithmIdentifier({ algorithm }),
    issuer: subject,
    validity: new Validity({ notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + validDays * dayMs) }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey, SubjectPublicKeyInfo),
    extensions: new Extensions([
      new Extension({ extnID: id_ce_subjectAltName, extnValue: new OctetString(AsnConvert.serialize(names)) }),
    ]),
  });
}

function toPem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

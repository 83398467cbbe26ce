/**
 * certificates.test - a host's certificate, as a TLS library reads it.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCertificate } from './certificates.ts';

const nowMs = Date.UTC(2026, 5, 15, 12);

test('a certificate carries its host as subject and SAN, is signed by its own key, and holds for ten years', () => {
  const { certificate, key } = createCertificate('gw.pc1.sse.ws.test', nowMs);
  const read = new X509Certificate(certificate);
  expect(read.subject).toBe('CN=gw.pc1.sse.ws.test');
  expect(read.issuer).toBe(read.subject);
  expect(read.subjectAltName).toBe('DNS:gw.pc1.sse.ws.test');
  expect(read.checkHost('gw.pc1.sse.ws.test')).toBe('gw.pc1.sse.ws.test');
  expect(read.ca).toBe(false);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect([read.validFromDate, read.validToDate].map((date) => date.toISOString().slice(0, 10))).toEqual([
    '2026-06-14',
    '2036-06-12',
  ]);
});

test('one that outlives the year 2049 says so', () => {
  const { certificate } = createCertificate('gw.pc1.sse.ws.test', Date.UTC(2045, 0, 1));
  expect(new X509Certificate(certificate).validToDate.getUTCFullYear()).toBe(2054);
});

test('no two are alike', () => {
  const all = ['one', 'one', 'two'].map((name) => new X509Certificate(createCertificate(name, nowMs).certificate));
  expect(new Set(all.map(({ serialNumber }) => serialNumber)).size).toBe(3);
  expect(new Set(all.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }))).size).toBe(3);
});

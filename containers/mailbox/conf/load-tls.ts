/**
 * load-tls - certificate and key as dovecot.conf names them, with Dovecot's words for what is wrong with them.
 */
import tls from 'node:tls';
import type { HostRoot } from '#util/host-root.ts';
import { readTextAt } from '#util/host-text.ts';
import { DovecotConfError } from './conf-error.ts';
import type { DovecotSettings } from './settings.ts';

/** Undefined where TLS is off or no certificate is set. @throws DovecotConfError. */
export async function loadTls(root: HostRoot, settings: DovecotSettings): Promise<tls.SecureContext | undefined> {
  const { ssl, certificateFile, keyFile, minTlsVersion } = settings;
  if (ssl === 'no' || (certificateFile === undefined && keyFile === undefined && ssl !== 'required')) return undefined;
  const cert = await readPem(root, 'ssl_cert', certificateFile);
  const key = await readPem(root, 'ssl_key', keyFile);
  try {
    return tls.createSecureContext({ cert, key, minVersion: minTlsVersion });
  } catch (error) {
    throw new DovecotConfError(
      `ssl_cert and ssl_key cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      `${certificateFile} must hold a PEM certificate, and ${keyFile} the private key that belongs to it`,
    );
  }
}

async function readPem(root: HostRoot, setting: string, file: string | undefined): Promise<string> {
  if (file === undefined)
    throw new DovecotConfError(
      `ssl enabled, but ${setting} not set`,
      `set ${setting} = </path/of/the/file, or ssl = no`,
    );
  return readTextAt(root.resolve(file)).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'No such file or directory' : (error.code ?? error.message);
    throw new DovecotConfError(
      `${setting}: Can't open file ${file}: ${why}`,
      `name the file that is there in ${setting}`,
    );
  });
}

/**
 * late-modules - Node's own modules that are large and that a host seldom needs in its first moments: loaded when they are first used.
 *
 * A class of hosts starts at once, on two processors: node:crypto, node:tls and node:zlib together cost each of them a fifth of its start.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const lateCrypto = (): typeof import('node:crypto') => require('node:crypto') as typeof import('node:crypto');
export const lateTls = (): typeof import('node:tls') => require('node:tls') as typeof import('node:tls');
export const lateZlib = (): typeof import('node:zlib') => require('node:zlib') as typeof import('node:zlib');

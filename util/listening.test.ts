/**
 * The kernel's table of sockets, as it stands on a gateway with Postfix and amavis.
 */
import { expect, test } from 'vitest';
import { portsOnAllAddresses, readListeners } from './listening.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9001 1 0 100 0 0 10 0
   1: 0100007F:2728 00000000:0000 0A 00000000:00000000 00:00000000 00000000   997        0 9002 1 0 100 0 0 10 0
   2: 0100007F:2729 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9003 1 0 100 0 0 10 0
   3: 0A0112C6:0019 070013C6:9C40 01 00000000:00000000 00:00000000 00000000     0        0 9004 1 0 100 0 0 10 0
`;

test('what listens on every address listens on the own one; connections are no listeners', () => {
  expect(readListeners(table, '198.18.1.10', (port) => port !== 10024)).toEqual([
    { service: 'smtp', address: '198.18.1.10', port: 25, socket: { host: '198.18.1.10', port: 25 } },
    { service: '10025', address: '127.0.0.1', port: 10025, socket: { host: '127.0.0.1', port: 10025 } },
  ]);
});

test('ports on all addresses, of both tables', () => {
  const six = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0 0 0 0 0 9101
   1: 00000000000000000000000001000000:0CEA 00000000000000000000000000000000:0000 0A 0 0 0 0 0 9102
   2: 00000000000000000000000000000000:0016 0000000000000000FFFF00000101A8C0:9C40 01 0 0 0 0 0 9103
`;
  expect(portsOnAllAddresses([table, six])).toEqual([22, 25]);
  expect(portsOnAllAddresses(['', ''])).toEqual([]);
});

/**
 * Where a lab address would go, by tables as /proc/net/route shows them.
 */
import { expect, test } from 'vitest';
import { findLabRoute } from './lab-route.ts';

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const byDefault = 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n';
const byBridge = 'gatehouse0\t000012C6\t00000000\t0001\t0\t0\t0\t0000FEFF\t0\t0\t0\n';
const byBlackhole = '*\t000012C6\t00000000\t0200\t0\t0\t0\t0000FEFF\t0\t0\t0\n';
const narrower = 'eth1\t000112C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n';

test.each([
  ['no table at all', '', { kind: 'inside' }],
  ['no route', head, { kind: 'inside' }],
  ['the default route alone', head + byDefault, { kind: 'outward', device: 'eth0' }],
  ["the lab's bridge", head + byDefault + byBridge, { kind: 'inside' }],
  ['a blackhole', head + byBlackhole + byDefault, { kind: 'inside' }],
  ["a narrower route than the bridge's", head + byBridge + narrower, { kind: 'outward', device: 'eth1' }],
])('%s', (_name, table, expected) => {
  expect(findLabRoute(table, '198.18.1.10', 'gatehouse0')).toEqual(expected);
});

test('another subnet is not ours', () => {
  expect(findLabRoute(head + narrower + byBridge, '198.18.2.10', 'gatehouse0')).toEqual({ kind: 'inside' });
});

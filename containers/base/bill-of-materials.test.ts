/**
 * The bill of materials: package URLs as the specification writes them, in a fixed order.
 */
import { expect, test } from 'vitest';
import { billOfMaterials, readDebianParts } from './bill-of-materials.ts';

test('Debian and npm packages have their package URLs, sorted', () => {
  const debian = readDebianParts('libc6\t2.36-9+deb12u10\tamd64\nadduser\t1:3.134\tall\n');
  const npm = { name: '@peculiar/x509', version: '1.0.0', kind: 'npm', architecture: '', license: 'MIT' } as const;
  const bill = JSON.parse(billOfMaterials({ name: 'gatehouse', version: '0.1.0' }, [npm, ...debian])) as {
    components: { purl: string }[];
  };
  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: { component: { type: 'application', name: 'gatehouse', version: '0.1.0' } },
  });
  expect(bill.components.map(({ purl }) => purl)).toEqual([
    'pkg:deb/debian/adduser@1%3A3.134?arch=all',
    'pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64',
    'pkg:npm/%40peculiar/x509@1.0.0',
  ]);
});

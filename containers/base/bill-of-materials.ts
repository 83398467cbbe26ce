/**
 * bill-of-materials - what an image is made of, as CycloneDX 1.5 JSON: Debian's packages, npm's packages, Node, and Gatehouse itself.
 *
 * Components carry package URLs (purl), by which scanners look up known faults. No time and no serial number: the same image has the same bill.
 */

export interface Part {
  readonly name: string;
  readonly version: string;
  readonly kind: 'deb' | 'npm';
  /** Debian's architecture; '' for npm. */
  readonly architecture: string;
  /** SPDX expression where the package names one. */
  readonly license: string | undefined;
}

/** `dpkg-query -W -f='${Package}\t${Version}\t${Architecture}\n'`, read. */
export function readDebianParts(listing: string): Part[] {
  return listing
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', version = '', architecture = ''] = line.split('\t');
      return { name, version, kind: 'deb', architecture, license: undefined };
    });
}

/** The bill; components are sorted, so that two bills compare line by line. */
export function billOfMaterials(project: { name: string; version: string }, parts: readonly Part[]): string {
  const components = parts
    .map((part) => ({
      type: 'library',
      'bom-ref': purl(part),
      name: part.name,
      version: part.version,
      purl: purl(part),
      ...(part.license === undefined ? {} : { licenses: [{ expression: part.license }] }),
    }))
    .sort((one, other) => (one.purl < other.purl ? -1 : 1));
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', ...project } },
    components,
  };
  return `${JSON.stringify(bill, null, 1)}\n`;
}

/** Names keep their scope's `/`; other reserved characters are percent-encoded (package-url specification). */
function purl({ kind, name, version, architecture }: Part): string {
  const encoded = (text: string): string => encodeURIComponent(text).replaceAll('%2F', '/');
  return kind === 'deb'
    ? `pkg:deb/debian/${encoded(name)}@${encodeURIComponent(version)}?arch=${architecture}`
    : `pkg:npm/${encoded(name)}@${encodeURIComponent(version)}`;
}

/**
 * image-names - what the images are called, and by what they are known to be ours and current.
 *
 * The tag is the project's version; the label `org.gatehouse.content` tells the exact content, so that `up` notices images of other code.
 */

export const imageHosts = ['gateway', 'mailbox', 'dns', 'classroom'] as const;

export type ImageHost = (typeof imageHosts)[number];

/** Images that a class can do without; `gatehouse images build --with NAME` makes them. */
export const optionalImages = ['genuine'] as const;

export type OptionalImage = (typeof optionalImages)[number];

export const contentLabel = 'org.gatehouse.content';

/** `gatehouse/gateway:0.1.0`. */
export function imageName(
  name: ImageHost | OptionalImage | 'base' | 'debian' | 'debian-genuine',
  version: string,
): string {
  return `gatehouse/${name}:${version}`;
}

/**
 * image-state - is an image there, and of the code that runs here?
 */
import type Docker from 'dockerode';

export type ImageState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'current'; readonly id: string }
  /** It lacks a label that images of this code carry. */
  | { readonly kind: 'other-code' };

/** @param labels what an image of this code carries */
export async function lookAtImage(
  docker: Docker,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<ImageState> {
  const image = await docker
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  if (image === undefined) return { kind: 'missing' };
  const isCurrent = Object.entries(labels).every(([label, value]) => image.Config.Labels?.[label] === value);
  return isCurrent ? { kind: 'current', id: image.Id } : { kind: 'other-code' };
}

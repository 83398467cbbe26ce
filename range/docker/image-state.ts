/**
 * image-state - is an image there, and of the code that runs here?
 */
import type Docker from 'dockerode';

export interface Image {
  readonly id: string;
  /** Its layers as folders of the engine's machine, the uppermost first; none where its storage driver has no such folders. */
  readonly layers: readonly string[];
}

export type ImageState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'current'; readonly image: Image }
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
  if (!isCurrent) return { kind: 'other-code' };
  const { UpperDir = '', LowerDir = '' } = (image.GraphDriver?.Data ?? {}) as { UpperDir?: string; LowerDir?: string };
  return { kind: 'current', image: { id: image.Id, layers: [UpperDir, ...LowerDir.split(':')].filter(Boolean) } };
}

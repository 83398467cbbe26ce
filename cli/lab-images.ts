/**
 * lab-images - the images that a workshop on Docker of this code runs.
 */
import { contentDigest } from '../containers/base/image-content.ts';
import { contentLabel, imageName } from '../containers/base/image-names.ts';
import type { LabImages } from '../range/docker/start-docker.ts';
import { projectVersion } from './project-version.ts';

/** Their names, and the label that tells images of this code from others. */
export async function labImages(): Promise<LabImages> {
  const version = await projectVersion();
  return { imageOf: (image) => imageName(image, version), labels: { [contentLabel]: await contentDigest() } };
}

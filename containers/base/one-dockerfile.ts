/**
 * one-dockerfile - all images as stages of one file, for docker compose, which builds in no order and so cannot build a base first. Pure.
 *
 * Made of `base/Dockerfile` and each host's own; `gatehouse images build` uses those one by one.
 */
import { imageHosts, optionalImages, type ImageHost, type OptionalImage } from './image-names.ts';
import { imageFiles, imageRooms, leftOutFolders } from './image-content.ts';

export type StageName = ImageHost | OptionalImage;

/** The one that most people do without comes last: a builder without BuildKit makes all stages up to the wanted one. */
export const stageNames: readonly StageName[] = [...imageHosts, ...optionalImages];

/** The text of containers/Dockerfile. @throws Error naming a Dockerfile that does not begin as the others do */
export function oneDockerfile(base: string, hosts: Readonly<Record<StageName, string>>): string {
  return [
    '# All images as stages, for docker compose. Made by `npm run references` of base/Dockerfile and the Dockerfile of each host.',
    asStage('base', base, 'FROM ${NODE_IMAGE}', 'FROM ${NODE_IMAGE} AS base'),
    ...stageNames.map((host) =>
      asStage(host, hosts[host], 'ARG BASE_IMAGE=gatehouse/base\nFROM ${BASE_IMAGE}', `FROM base AS ${host}`),
    ),
  ].join('\n\n');
}

function asStage(name: string, text: string, begin: string, instead: string): string {
  if (!text.includes(`${begin}\n`))
    throw new Error(`containers/${name}/Dockerfile lacks the line ${begin}; cure: begin it as the others begin`);
  return text.replace(begin, () => instead);
}

/** The text of .dockerignore: of the project only what goes into images (`.dockerignore`: the last pattern that fits decides). */
export function dockerIgnore(): string {
  return [
    '# What docker compose sends to the builder. Made by `npm run references` of containers/base/image-content.ts.',
    '*',
    ...[...imageRooms, ...imageFiles].map((name) => `!${name}`),
    '**/*.test.ts',
    ...leftOutFolders.map((name) => `**/${name}`),
    '',
  ].join('\n');
}

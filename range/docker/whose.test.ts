/**
 * Which workshop a container belongs to, by its labels.
 */
import { expect, test } from 'vitest';
import { workshopLabel } from './container-plan.ts';
import { workshopOf } from './whose.ts';

const project = { 'com.docker.compose.project.working_dir': '/home/ada/gatehouse' };

test.each([
  ['one that gatehouse made', { [workshopLabel]: '/srv/workshop' }, '/srv/workshop'],
  [
    "one of docker compose, relative to the project's folder",
    { ...project, [workshopLabel]: './workshop' },
    '/home/ada/gatehouse/workshop',
  ],
  ['one of docker compose, absolute', { ...project, [workshopLabel]: '/srv/workshop' }, '/srv/workshop'],
  ['none of ours', project, undefined],
  ['one without labels', undefined, undefined],
])('%s', (_what, labels, folder) => {
  expect(workshopOf(labels)).toBe(folder);
});

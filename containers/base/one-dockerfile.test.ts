/**
 * What docker compose builds of: one file of all stages, and only what belongs into images. That the committed files are current is a test of docs/generate.
 */
import { expect, test } from 'vitest';
import { imageFiles, imageRooms, isLeftOut, leftOutFolders } from './image-content.ts';
import { dockerIgnore, oneDockerfile, stageNames } from './one-dockerfile.ts';

const base = 'ARG NODE_IMAGE=node\nFROM ${NODE_IMAGE}\nRUN one\n';
const host = '# A host.\nARG BASE_IMAGE=gatehouse/base\nFROM ${BASE_IMAGE}\nRUN other\n';
const hosts = { gateway: host, mailbox: host, dns: host, classroom: host, genuine: host };

test('each host is a stage on the base, with its own lines', () => {
  const text = oneDockerfile(base, hosts);
  expect(text.match(/^FROM .*$/gm)).toEqual([
    'FROM ${NODE_IMAGE} AS base',
    ...stageNames.map((name) => `FROM base AS ${name}`),
  ]);
  expect(text.match(/^RUN .*$/gm)).toEqual(['RUN one', ...stageNames.map(() => 'RUN other')]);
  expect(text).not.toContain('BASE_IMAGE');
});

test('a Dockerfile that begins otherwise is named', () => {
  expect(() => oneDockerfile(base, { ...hosts, dns: 'FROM scratch\n' })).toThrow(
    'containers/dns/Dockerfile lacks the line ARG BASE_IMAGE',
  );
});

test('the builder is sent what the images hold, and tests are left out in both ways', () => {
  const lines = dockerIgnore().split('\n');
  expect(lines.slice(1, 2)).toEqual(['*']);
  expect(lines.filter((line) => line.startsWith('!'))).toEqual(
    [...imageRooms, ...imageFiles].map((name) => `!${name}`),
  );
  for (const name of leftOutFolders) {
    expect(lines).toContain(`**/${name}`);
    expect(isLeftOut(`labs/01-first-mail/${name}/x`)).toBe(true);
  }
  expect(lines).toContain('**/*.test.ts');
  expect([isLeftOut('util/clock.test.ts'), isLeftOut('util/clock.ts'), isLeftOut('labs/01-first-mail/start')]).toEqual([
    true,
    false,
    false,
  ]);
});

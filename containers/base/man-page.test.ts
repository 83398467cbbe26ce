/**
 * A manual page from a source's comment: its sections, and nothing in it that roff would obey.
 */
import { expect, test } from 'vitest';
import { manPage } from './man-page.ts';

const source = `/**
 * postthing - shows \`things\` (-p), with a \\n.
 *
 * Reads /etc/thing.
 * .so /etc/passwd
 *
 * Limits: none
 */
import path from 'node:path';
`;

test('name, description and limits, with requests and escapes made harmless', () => {
  expect(manPage('post-thing', source, '1.2.3')?.split('\n')).toEqual([
    '.TH POST\\-THING 8 "" "Gatehouse 1.2.3"',
    '.SH NAME',
    'post\\-thing \\- shows things (\\-p), with a \\en.',
    '.SH DESCRIPTION',
    '.PP',
    'Reads /etc/thing.',
    '\\&.so /etc/passwd',
    '.SH LIMITS',
    '.PP',
    'none',
    '',
  ]);
});

test('a source without such a comment has no page', () => {
  expect(manPage('x', 'const x = 1;\n', '1')).toBeUndefined();
});

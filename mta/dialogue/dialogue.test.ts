/**
 * Each dialogue of mta/restrictions/testdata, played to our smtpd and compared with its .ref.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { dialogueFolder } from './basic.ts';
import { OwnHost } from './own-host.ts';
import { playDialogue } from './play.ts';
import { readDialogue } from './read-dialogue.ts';

const files = readdirSync(dialogueFolder);
const dialogues = files.flatMap((name) => /^(.*)\.in$/.exec(name)?.[1] ?? []);
const reference = (name: string): string => path.join(dialogueFolder, `${name}.ref`);

describe('our smtpd replies and logs as Postfix 3.7 does', () => {
  test.each(dialogues)('%s', async (name) => {
    expect(existsSync(reference(name)), `${name}.ref is missing: record it (testdata/README.md)`).toBe(true);
    await using host = new OwnHost();
    const played = await playDialogue(
      readDialogue(readFileSync(path.join(dialogueFolder, `${name}.in`), 'utf8')),
      host,
    );
    expect(played).toBe(readFileSync(reference(name), 'utf8'));
  });

  test('there is no reference without its dialogue', () => {
    const recorded = files.flatMap((name) => /^(.*)\.ref$/.exec(name)?.[1] ?? []);
    expect(recorded.sort()).toEqual([...dialogues].sort());
    expect(dialogues.length).toBeGreaterThan(0);
  });

  test('a line that is no directive is an error with its number', () => {
    expect(() => readDialogue('connect 198.19.0.5\nEHLO x\n')).toThrow('line 2: no directive: EHLO x');
  });
});

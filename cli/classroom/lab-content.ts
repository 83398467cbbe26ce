/**
 * lab-content - what the classroom's own pages show inside the lab: sheets, decks, seats and results. The world, without passwords, and the key of the journals come from a file
 * that the range writes at every `up`; the journals are mounted read only.
 *
 * Limits: what runs on the hosts is not known in here, since no container can ask the engine.
 */
import { readFileSync, statSync } from 'node:fs';
import type { ClassroomContent } from '../../containers/classroom/content.ts';
import { openJournalByKey } from '../../grader/journal.ts';
import type { LabFile } from '../../range/docker/provision-lab.ts';
import { followContent, worldContent } from '../classroom-content.ts';

/** Follows the file: the workshop may get other seats. @throws Error naming the file when it is not there or broken at the start */
export async function openLabContent(file: string, gradesFolder: string): Promise<ClassroomContent> {
  let content = readContent(file, gradesFolder);
  let seen = statSync(file).mtimeMs;
  return followContent(() => {
    try {
      const now = statSync(file).mtimeMs;
      if (now !== seen) [content, seen] = [readContent(file, gradesFolder), now];
    } catch {
      // It is being replaced: what was read last holds.
    }
    return content;
  });
}

function readContent(file: string, gradesFolder: string): ClassroomContent {
  const { world, journalKey } = JSON.parse(readFileSync(file, 'utf8')) as LabFile;
  const journal = openJournalByKey(gradesFolder, Buffer.from(journalKey, 'base64'));
  return worldContent({ world, journal, look: async () => ({ world, states: undefined }) });
}

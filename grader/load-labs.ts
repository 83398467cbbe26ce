/**
 * load-labs - finds the labs: every folder of labs/ that holds a lab.ts, in order of its name.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Lab } from './lab.ts';
import { loadGraderText, type GraderText } from './grader-text.ts';
import { loadLabText, loadVariantText, type LabText } from './lab-text.ts';

export interface LoadedLab {
  readonly lab: Lab;
  readonly folder: string;
  readonly text: LabText;
  /** The same for a seat with a genuine gateway, where the lab has a variant for it (genuine-variant.ts). */
  readonly genuineText?: LabText;
  /** The grader's own words in the same language. */
  readonly words: GraderText;
}

const labsFolder = path.join(path.dirname(import.meta.dirname), 'labs');

/** All labs. @throws Error naming the lab that is wrong. */
export async function loadLabs(language = 'en'): Promise<LoadedLab[]> {
  const entries = await readdir(labsFolder, { withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory() && /^\d\d-/.test(entry.name))
    .map((entry) => path.join(labsFolder, entry.name))
    .sort();
  const words = await loadGraderText(language);
  return Promise.all(
    folders.map(async (folder) => {
      const { default: lab } = (await import(path.join(folder, 'lab.ts'))) as { default: Lab };
      if (lab.id !== path.basename(folder))
        throw new Error(`lab ${lab.id} lies in ${folder}; cure: the folder is named as the lab's id`);
      const text = await loadLabText(lab, path.join(folder, language, 'text.yaml'));
      if (!lab.genuine?.reload) return { lab, folder, words, text };
      const genuineText = await loadVariantText(text, path.join(folder, 'genuine', language, 'text.yaml'));
      return { lab, folder, words, text, genuineText };
    }),
  );
}

/** `1`, `01` or `01-first-mail`. @throws Error naming the labs there are. */
export function findLab(labs: readonly LoadedLab[], name: string): LoadedLab {
  const start = `${/^\d$/.test(name) ? `0${name}` : name}-`;
  const found = labs.find(({ lab }) => lab.id === name || lab.id.startsWith(start));
  if (!found) throw new Error(`no lab "${name}"; there are ${labs.map(({ lab }) => lab.id).join(', ')}`);
  return found;
}

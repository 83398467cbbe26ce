/**
 * pages - every page of docs/reference that is made from the code.
 */
import { dockerIgnore, oneDockerfile, stageNames, type StageName } from '../../containers/base/one-dockerfile.ts';
import { composeText } from '../../cli/compose-text.ts';
import { reportJsonSchema } from '../../grader/report/report-schema.ts';
import { commandsPage } from './commands-page.ts';
import { dovecotPage } from './dovecot-page.ts';
import { logLinesPage } from './log-lines-page.ts';
import { outsidePage } from './outside-page.ts';
import { parametersPage } from './parameters-page.ts';
import { restrictionsPage } from './restrictions-page.ts';
import { scannerOptionsPage } from './scanner-options-page.ts';
import { readSource } from './sources.ts';
import { standardsPage } from './standards-page.ts';
import { verdictTagsPage } from './verdict-tags-page.ts';

export interface ReferencePage {
  /** Below docs/reference; of `madeFiles`, below the project's folder. */
  readonly file: string;
  make(): string | Promise<string>;
}

export const referencePages: readonly ReferencePage[] = [
  { file: 'parameters.md', make: parametersPage },
  { file: 'restrictions.md', make: restrictionsPage },
  { file: 'mailscanner-options.md', make: scannerOptionsPage },
  { file: 'dovecot-settings.md', make: dovecotPage },
  { file: 'log-lines.md', make: logLinesPage },
  { file: 'verdict-tags.md', make: verdictTagsPage },
  { file: 'judged-from-outside.md', make: outsidePage },
  { file: 'standards.md', make: standardsPage },
  { file: 'commands.md', make: commandsPage },
  { file: 'report.schema.json', make: reportJsonSchema },
];

/** Files outside of docs/ that are made in the same way: what docker compose needs on a fresh clone. */
export const madeFiles: readonly ReferencePage[] = [
  { file: 'docker-compose.yml', make: () => composeText({ workspace: 'workshop', seats: 2 }) },
  { file: 'containers/Dockerfile', make: dockerfileOfAll },
  { file: '.dockerignore', make: dockerIgnore },
];

function dockerfileOfAll(): string {
  const read = (host: string): string => readSource(`containers/${host}/Dockerfile`);
  const hosts = Object.fromEntries(stageNames.map((host) => [host, read(host)])) as Record<StageName, string>;
  return oneDockerfile(read('base'), hosts);
}

/**
 * pages - every page of docs/reference that is made from the code.
 */
import { reportJsonSchema } from '../../grader/report/report-schema.ts';
import { commandsPage } from './commands-page.ts';
import { dovecotPage } from './dovecot-page.ts';
import { logLinesPage } from './log-lines-page.ts';
import { outsidePage } from './outside-page.ts';
import { parametersPage } from './parameters-page.ts';
import { restrictionsPage } from './restrictions-page.ts';
import { scannerOptionsPage } from './scanner-options-page.ts';
import { standardsPage } from './standards-page.ts';
import { verdictTagsPage } from './verdict-tags-page.ts';

export interface ReferencePage {
  /** Below docs/reference. */
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

/**
 * engine-option - `--engine embedded|docker`, the same for every command that starts a workshop.
 */
import { Option } from 'commander';
import type { Range } from '#range';

export type Engine = Range['engine'];

export function engineOption(): Option {
  return new Option('--engine <engine>', 'embedded: in one process; docker: a container a host')
    .choices(['embedded', 'docker'] satisfies Engine[])
    .default('embedded');
}

/**
 * gatehouse - the command: workshops, hosts, labs and grades.
 *
 * Exit status: 0 done, 1 not all passed or refused, 2 wrong usage or could not judge.
 */
import { Command } from 'commander';
import { printable } from '#util/terminal-text.ts';
import { registerCheck } from './commands/check.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerGrade } from './commands/grade.ts';
import { registerHosts } from './commands/hosts.ts';
import { registerLab } from './commands/lab.ts';
import { registerPrepare } from './commands/prepare.ts';
import { registerSlides } from './commands/slides.ts';
import { registerUp } from './commands/up.ts';

const program = new Command('gatehouse')
  .description('a hands-on training lab and grader for mail-server workshops')
  .enablePositionalOptions()
  .exitOverride();
registerUp(program);
registerHosts(program);
registerCheck(program);
registerGrade(program);
registerDoctor(program);
registerPrepare(program);
registerLab(program);
registerSlides(program);

try {
  await program.parseAsync();
} catch (error) {
  const { code = '', exitCode = 1 } = error as { code?: string; exitCode?: number };
  if (code.startsWith('commander.')) process.exitCode = exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(
      `gatehouse: ${printable(error instanceof Error ? error.message : String(error), { multiline: true })}\n`,
    );
    process.exitCode = 2;
  }
}

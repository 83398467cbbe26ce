/**
 * command-table - the commands of `gatehouse` in the order in which a student meets them, each with the module that holds it.
 *
 * Only the module of the command that was asked for is loaded, so `gatehouse exec` does not wait for the grader's code. Help loads them all.
 */
import type { Command } from 'commander';

type Register = (program: Command) => void;

const modules = {
  up: async () => (await import('./commands/up.ts')).registerUp,
  hosts: async () => (await import('./commands/hosts.ts')).registerHosts,
  reset: async () => (await import('./commands/reset.ts')).registerReset,
  check: async () => (await import('./commands/check.ts')).registerCheck,
  grade: async () => (await import('./commands/grade.ts')).registerGrade,
  prepare: async () => (await import('./commands/prepare.ts')).registerPrepare,
  doctor: async () => (await import('./commands/doctor.ts')).registerDoctor,
  slides: async () => (await import('./commands/slides.ts')).registerSlides,
  compose: async () => (await import('./commands/compose.ts')).registerCompose,
  images: async () => (await import('./commands/images.ts')).registerImages,
  lab: async () => (await import('./commands/lab.ts')).registerLab,
} satisfies Record<string, () => Promise<Register>>;

/** A command, the heading under which help shows it (`groups` in en.yaml), and its module. */
interface Row {
  readonly name: string;
  readonly group: 'begin' | 'hosts' | 'workshop' | 'authors';
  readonly module: keyof typeof modules;
}

export const commandTable: readonly Row[] = [
  { name: 'start', group: 'begin', module: 'up' },
  { name: 'status', group: 'begin', module: 'hosts' },
  { name: 'shell', group: 'begin', module: 'hosts' },
  { name: 'check', group: 'begin', module: 'check' },
  { name: 'hint', group: 'begin', module: 'check' },
  { name: 'logs', group: 'hosts', module: 'hosts' },
  { name: 'exec', group: 'hosts', module: 'hosts' },
  { name: 'reset', group: 'hosts', module: 'reset' },
  { name: 'snapshots', group: 'hosts', module: 'reset' },
  { name: 'slides', group: 'workshop', module: 'slides' },
  { name: 'doctor', group: 'workshop', module: 'doctor' },
  { name: 'up', group: 'workshop', module: 'up' },
  { name: 'down', group: 'workshop', module: 'up' },
  { name: 'images', group: 'workshop', module: 'images' },
  { name: 'compose', group: 'workshop', module: 'compose' },
  { name: 'grade', group: 'workshop', module: 'grade' },
  { name: 'solve', group: 'workshop', module: 'prepare' },
  { name: 'stand-in', group: 'workshop', module: 'prepare' },
  { name: 'lab', group: 'authors', module: 'lab' },
];

/** Registers the module of `asked`; none for the version; all of them when that is no command's name. */
export async function loadCommands(program: Command, asked: string | undefined): Promise<void> {
  if (asked === '--version' || asked === '-V') return;
  const row = commandTable.find(({ name }) => name === asked);
  const wanted = row ? [row.module] : [...new Set(commandTable.map(({ module }) => module))];
  for (const register of await Promise.all(wanted.map((name) => modules[name]()))) register(program);
}

/**
 * main - the classroom as a process, the first one of its container: the lab's Internet, and the pages for whoever is inside the lab. The grader's judge runs beside it, started when
 * something is to be judged.
 *
 * The pages are read only, at the classroom's own address, port 80. Without them mail goes on.
 */
import { containerDeps, sayReady } from '#util/container-process.ts';
import { createClassroom, type StartedClassroom } from '../../containers/classroom/classroom.ts';
import type { ClassroomContent } from '../../containers/classroom/content.ts';
import { startInternet } from '../../containers/classroom/internet.ts';

const deps = containerDeps(process.env);
const tell = (line: string): void => void process.stderr.write(`classroom: ${line}\n`);

async function openContent(): Promise<ClassroomContent> {
  const { openLabContent } = await import('./lab-content.ts');
  return openLabContent('/etc/gatehouse/classroom.json', '/var/lib/gatehouse/grades');
}

async function servePages(): Promise<StartedClassroom | undefined> {
  try {
    const { address, hostname } = deps;
    return await createClassroom(openContent, { address, port: 80, names: [hostname], log: tell }).start();
  } catch (error) {
    tell(`no pages: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function main(): Promise<void> {
  const internet = await startInternet(process.env, deps);
  const pages = await servePages();
  sayReady();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void Promise.all([internet.stop(), pages?.stop()]).then(() => process.exit(0)));
}

void main();

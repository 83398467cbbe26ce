/**
 * classroom-judge - starts the judge's process in the classroom's container and hands over its streams.
 */
import type { PassThrough, Duplex } from 'node:stream';
import { connectDocker } from './connect.ts';
import { openCommand } from './exec.ts';

export interface JudgeStreams {
  readonly input: PassThrough;
  readonly output: Duplex;
  readonly errors: PassThrough;
  end(): void;
}

export async function openClassroomJudge(): Promise<JudgeStreams> {
  const docker = await connectDocker();
  const { stream, stdout, stderr } = await openCommand(docker, {
    container: 'gatehouse-classroom',
    command: ['node', '--disable-warning=ExperimentalWarning', '/opt/gatehouse/grader/main.ts'],
    env: {},
    folder: '/tmp',
  });
  return { input: stdout, output: stream, errors: stderr, end: () => stream.end() };
}

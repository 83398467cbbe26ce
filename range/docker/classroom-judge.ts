/**
 * classroom-judge - starts the judge's process in the classroom's container and hands over its streams.
 */
import type { PassThrough, Duplex } from 'node:stream';
import { connectDocker } from './connect.ts';
import type { World } from '../world.ts';
import { openCommand } from './exec.ts';
import { openSpeaker, type Speaker } from './speaker.ts';

export interface JudgeStreams {
  readonly input: PassThrough;
  readonly output: Duplex;
  readonly errors: PassThrough;
  end(): void;
  /** A connection in the name of a seat's host. @throws Error when no host has that address */
  speakAs(world: World, from: string, to: string, port: number): Promise<Speaker>;
}

export async function openClassroomJudge(): Promise<JudgeStreams> {
  const docker = await connectDocker();
  const { stream, stdout, stderr } = await openCommand(docker, {
    container: 'gatehouse-classroom',
    command: ['node', '--disable-warning=ExperimentalWarning', '/opt/gatehouse/grader/main.ts'],
    env: {},
    folder: '/tmp',
  });
  return {
    input: stdout,
    output: stream,
    errors: stderr,
    end: () => stream.end(),
    speakAs: (world, from, to, port) => openSpeaker(docker, containerAt(world, from), to, port),
  };
}

function containerAt(world: World, address: string): string {
  for (const seat of world.seats)
    for (const host of ['gateway', 'mailbox'] as const)
      if (seat[host].address === address) return `gatehouse-${seat.id}-${host}`;
  throw new Error(`no seat's host has the address ${address}`);
}

/**
 * speaker - a connection in the name of a seat's host: a container of the classroom's image that shares the host's network, for as long as the connection lasts.
 *
 * The program in it is ours and its files are the image's: the seat's root cannot change what is said.
 */
import type { Duplex, PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { workshopLabel } from './container-plan.ts';
import { splitOutput } from './split-output.ts';
import { workshopOf } from './whose.ts';

export interface Speaker {
  /** Towards the host that is spoken to. */
  readonly stream: Duplex;
  /** What it answers. */
  readonly answers: PassThrough;
  /** Resolves when the connection is made. @throws Error with the system's words and `code` when it cannot be */
  readonly connected: Promise<void>;
}

/** `container` is the name of the host that speaks. */
export async function openSpeaker(docker: Docker, container: string, to: string, port: number): Promise<Speaker> {
  const beside = await docker.getContainer(container).inspect();
  const classroom = await docker.getContainer('gatehouse-classroom').inspect();
  const made = await docker.createContainer({
    Image: classroom.Config.Image,
    Entrypoint: [
      'node',
      '--disable-warning=ExperimentalWarning',
      '/opt/gatehouse/containers/classroom/tools/relay.ts',
      to,
      String(port),
    ],
    Labels: { [workshopLabel]: workshopOf(beside.Config.Labels) ?? '' },
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: {
      NetworkMode: `container:${beside.Id}`,
      AutoRemove: true,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 128 * 1024 * 1024,
      PidsLimit: 32,
    },
  });
  const stream = await made.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
  stream.on('error', () => undefined);
  const { output: answers, errors: words } = splitOutput(stream as Duplex);
  await made.start();
  return { stream: stream as Duplex, answers, connected: readWords(words) };
}

async function readWords(words: PassThrough): Promise<void> {
  let text = '';
  for await (const chunk of words) {
    text += String(chunk);
    if (text.startsWith('connected\n')) return;
  }
  const [, code = 'EIO', message = 'the connection could not be made'] = /^error: (\S+) (.*)$/m.exec(text) ?? [];
  throw Object.assign(new Error(message), { code });
}

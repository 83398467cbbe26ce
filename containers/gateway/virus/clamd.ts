/**
 * clamd - a genuine clamd as virus engine: every file of a message, and the message as a whole, over its socket (clamd(8), command INSTREAM).
 *
 * It opens archives itself; what it finds in one is told of the archive. What it cannot look into (a file beyond its limits) is kept as an infected one is. When it does not answer, nothing of the batch is
 * delivered.
 */
import type net from 'node:net';
import type { Clock } from '#util/clock.ts';
import { exchange } from '#util/tcp-exchange.ts';
import type { Infection, ScannedMessage, Unpacked, UnpackedFile, VirusAnswer, VirusEngine } from '../scan/engines.ts';

export interface ClamdPlace {
  readonly to: net.NetConnectOpts;
  /** As the settings say it: for the log. */
  readonly shown: string;
  readonly timeoutMs: number;
}

const chunkBytes = 1 << 16;

export function createClamdEngine(place: ClamdPlace, clock: Clock): VirusEngine {
  return {
    name: 'Clamd',
    scan: async (message, unpacked, { wholeMessage }) => {
      try {
        return { kind: 'scanned', infections: await scan(place, clock, message, unpacked, wholeMessage) };
      } catch (error) {
        return { kind: 'failed', reason: failureText(place, error) } satisfies VirusAnswer;
      }
    },
  };
}

async function scan(
  place: ClamdPlace,
  clock: Clock,
  message: ScannedMessage,
  { files }: Unpacked,
  wholeMessage: boolean,
): Promise<Infection[]> {
  const infections: Infection[] = [];
  for (const file of files.filter((each) => each.content !== undefined && each.content.length > 0)) {
    const virus = await ask(place, clock, file.content ?? Buffer.alloc(0));
    if (virus !== undefined) infections.push(infectionOf(file, virus));
  }
  if (wholeMessage && infections.length === 0) {
    const virus = await ask(place, clock, message.content);
    if (virus !== undefined) infections.push({ partNumber: undefined, fileName: '', virus });
  }
  return infections;
}

function infectionOf({ partNumber, name }: UnpackedFile, virus: string): Infection {
  return { partNumber, fileName: name, virus };
}

/** The virus in it; undefined when it is clean. @throws Error when clamd does not say either */
async function ask({ to, timeoutMs }: ClamdPlace, clock: Clock, content: Buffer): Promise<string | undefined> {
  const parts = [Buffer.from('zINSTREAM\0'), ...chunksOf(content), lengthOf(0)];
  const answer = (await exchange({ to, parts, closes: false, clock, timeoutMs })).toString('latin1').replace(/\0$/, '');
  if (answer === 'stream: OK') return undefined;
  const found = /^stream: (\S+) FOUND$/.exec(answer)?.[1] ?? unscannable(answer);
  if (found === undefined) throw new Error(answer === '' ? 'it closed without an answer' : `it says "${answer}"`);
  return found;
}

/** `INSTREAM size limit exceeded. ERROR` */
function unscannable(answer: string): string | undefined {
  const why = /^(?:stream: )?(.+?)\.? ERROR$/.exec(answer)?.[1];
  return why === undefined ? undefined : `Unscannable (${why})`;
}

function chunksOf(content: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += chunkBytes) {
    const chunk = content.subarray(at, at + chunkBytes);
    chunks.push(lengthOf(chunk.length), chunk);
  }
  return chunks;
}

function lengthOf(bytes: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32BE(bytes);
  return field;
}

function failureText({ shown }: ClamdPlace, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && /^(ECONN|EHOST|ENET|ETIMEDOUT|ENOENT)/.test(code)
    ? `ERROR:: COULD NOT CONNECT TO CLAMD, RECOMMEND RESTARTING DAEMON :: ${shown} (${code})`
    : `ERROR:: CLAMD ${shown}: ${message}`;
}

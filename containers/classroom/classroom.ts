/**
 * classroom - the web pages of students and instructors: what to do first, sheets, decks, seats and their results. Read only.
 *
 *     /                     what this is, what to do first, seats, labs
 *     /labs/LAB?seat=SEAT   a sheet
 *     /slides/              the decks; /slides/LAB a deck; /slides/LAB/notes what the instructor says; ?print-pdf for paper
 *     /seats/SEAT           a seat's hosts and last results
 *
 *     /labs/LAB.md          the sheet as text, for a terminal
 *
 * Listens on the loopback address unless told otherwise, at 8025 or where there is room, and answers only to a Host that is its own (known-hosts.ts).
 * No script runs but the files served from here (Content-Security-Policy), and nothing is loaded from elsewhere. What makes the pages is loaded with the first visitor: a workshop's start waits for no page (serve-pages.ts).
 *
 * Limits: pages show the state at the time of the request; there is nothing to log in to and nothing to send.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { ClassroomContent } from './content.ts';

export interface ClassroomDeps {
  /** A port that must be had; without it 8025, else any free one. */
  readonly port?: number;
  /** Where it listens; the loopback address unless told otherwise. */
  readonly address?: string;
  /** By which names it is known beyond this machine. */
  readonly names?: readonly string[];
  /** Told of pages that could not be made. */
  readonly log: (line: string) => void;
}

export type OpenContent = () => Promise<ClassroomContent>;

export interface Classroom {
  /** @throws Error with the cure when the port that was asked for is taken. */
  start(): Promise<StartedClassroom>;
}

export interface StartedClassroom extends AsyncDisposable {
  /** `http://127.0.0.1:8025/`. */
  readonly url: string;
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';
const usualPort = 8025;

/** @param open gives what the pages show; asked with the first visitor */
export function createClassroom(open: OpenContent, deps: ClassroomDeps): Classroom {
  return {
    async start() {
      const server = createServer(whenAsked(open, deps));
      const address = deps.address ?? loopback;
      const port = await listen(server, address, deps.port);
      const stop = async (): Promise<void> => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      };
      const host = address.includes(':') ? `[${address}]` : address;
      return { url: `http://${host}:${port}/`, stop, [Symbol.asyncDispose]: stop };
    },
  };
}

/** Every visitor waits for what makes the pages; where it cannot be had, each is told, and the next one tries again. */
function whenAsked(open: OpenContent, deps: ClassroomDeps): RequestListener {
  let answering: Promise<RequestListener> | undefined;
  return (request, response) => {
    answering ??= Promise.all([import('./serve-pages.ts'), open()]).then(([{ servePages }, content]) =>
      servePages(content, deps),
    );
    answering.then(
      (answer) => answer(request, response),
      (error: unknown) => {
        answering = undefined;
        deps.log(`no pages: ${error instanceof Error ? error.message : String(error)}`);
        response
          .writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
          .end('There are no pages: the reason is in the log.\n');
      },
    );
  };
}

async function listen(server: Server, address: string, wanted: number | undefined): Promise<number> {
  for (const port of wanted === undefined ? [usualPort, 0] : [wanted])
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(port, address, () => {
          server.off('error', reject);
          resolve();
        });
      });
      const bound = server.address();
      return typeof bound === 'object' && bound ? bound.port : port;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  throw new Error(`port ${wanted} of ${address} is taken or may not be bound; cure: name another one, or none`);
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES';
}

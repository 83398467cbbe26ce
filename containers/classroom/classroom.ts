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
 * No script runs but the files served from here (Content-Security-Policy), and nothing is loaded from elsewhere.
 *
 * Limits: pages show the state at the time of the request; there is nothing to log in to and nothing to send.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { ClassroomContent } from './content.ts';
import { isKnownHost } from './known-hosts.ts';
import { NotFound, openPages } from './pages.ts';

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

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export function createClassroom(content: ClassroomContent, deps: ClassroomDeps): Classroom {
  return {
    async start() {
      const server = await buildServer(content, deps);
      const address = deps.address ?? loopback;
      const port = await listen(server, address, deps.port);
      const stop = (): Promise<void> => server.close();
      const host = address.includes(':') ? `[${address}]` : address;
      return { url: `http://${host}:${port}/`, stop, [Symbol.asyncDispose]: stop };
    },
  };
}

async function buildServer(content: ClassroomContent, deps: ClassroomDeps): Promise<FastifyInstance> {
  const { log, address = loopback, names = [] } = deps;
  const pages = await openPages(content);
  const server = fastify({
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    // Addresses that are none, or too long, come before any hook.
    frameworkErrors: (error, _request, reply: FastifyReply) =>
      sendPage(reply.code(error.statusCode ?? 400).headers(securityHeaders), pages.notFound(error.message)),
  });
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers(securityHeaders);
    if (isKnownHost(request.host, address, names)) return;
    return sendPage(reply.code(421), pages.misdirected()); // RFC 9110 section 15.5.20
  });
  await serveFolders(server, content.themeFolder);
  server.setNotFoundHandler((request, reply) => sendPage(reply.code(404), pages.notFound(request.url)));
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof NotFound) return sendPage(reply.code(404), pages.notFound(error.message));
    if (error.statusCode !== undefined && error.statusCode < 500)
      return sendPage(reply.code(error.statusCode), pages.notFound(error.message));
    log(`${request.url}: ${error.message}`);
    return sendPage(reply.code(500), pages.failed(error.message));
  });
  registerPages(server, pages);
  return server;
}

/** Our own files, the decks' theme, and reveal.js from where npm put it. */
async function serveFolders(server: FastifyInstance, themeFolder: string): Promise<void> {
  const reveal = path.dirname(createRequire(import.meta.url).resolve('reveal.js/reveal.css'));
  const folders = [
    ['/assets/', path.join(import.meta.dirname, 'assets')],
    ['/theme/', themeFolder],
    ['/reveal/', reveal],
  ] as const;
  for (const [index, [prefix, root]] of folders.entries())
    await server.register(fastifyStatic, { prefix, root, index: false, decorateReply: index === 0 });
}

type Pages = Awaited<ReturnType<typeof openPages>>;

function registerPages(server: FastifyInstance, pages: Pages): void {
  interface Asked {
    Params: { lab: string; seat: string };
    Querystring: { seat?: string | string[]; 'print-pdf'?: string };
  }
  const seatOf = (query: Asked['Querystring']): string | undefined =>
    Array.isArray(query.seat) ? query.seat[0] : query.seat;
  server.get('/', async (_, reply) => sendPage(reply, await pages.home()));
  server.get('/slides', (_, reply) => reply.redirect('/slides/'));
  server.get<Asked>('/slides/', async ({ query }, reply) => sendPage(reply, await pages.decks(seatOf(query))));
  server.get<Asked>('/slides/:lab', async ({ params, query }, reply) => {
    const forPaper = query['print-pdf'] !== undefined;
    return sendPage(reply, await pages.deck(params.lab, seatOf(query), forPaper));
  });
  server.get<Asked>('/slides/:lab/notes', async ({ params, query }, reply) =>
    sendPage(reply, await pages.notes(params.lab, seatOf(query))),
  );
  server.get<Asked>('/labs/:lab', async ({ params: { lab }, query }, reply) =>
    lab.endsWith('.md')
      ? reply.type('text/markdown; charset=utf-8').send(await pages.sheetText(lab.slice(0, -3), seatOf(query)))
      : sendPage(reply, await pages.sheet(lab, seatOf(query))),
  );
  server.get<Asked>('/seats/:seat', async ({ params }, reply) => sendPage(reply, await pages.seat(params.seat)));
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html);
}

async function listen(server: FastifyInstance, address: string, wanted: number | undefined): Promise<number> {
  for (const port of wanted === undefined ? [usualPort, 0] : [wanted])
    try {
      await server.listen({ host: address, port });
      const bound = server.server.address();
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

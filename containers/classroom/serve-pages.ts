/**
 * serve-pages - answers the classroom's visitors: which address is which page, our own files, and what each answer says to a browser (classroom.ts has the list).
 *
 * A visitor by a name that is not ours gets 421 (RFC 9110 section 15.5.20), an address that is none a page that says so.
 */
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { ClassroomDeps } from './classroom.ts';
import type { ClassroomContent } from './content.ts';
import { isKnownHost } from './known-hosts.ts';
import { NotFound, openPages } from './pages.ts';

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** @throws Error naming the template, text or folder that is wrong */
export async function servePages(content: ClassroomContent, deps: ClassroomDeps): Promise<RequestListener> {
  const server = await buildServer(content, deps);
  await server.ready();
  return (request, response) => server.routing(request, response);
}

async function buildServer(content: ClassroomContent, deps: ClassroomDeps): Promise<FastifyInstance> {
  const { log, address = '127.0.0.1', names = [] } = deps;
  const pages = await openPages(content);
  const server = fastify({
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

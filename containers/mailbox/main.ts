/**
 * main - the mailbox host as a process, with the genuine Dovecot for IMAP and POP3.
 */
import { containerDeps, runHost } from '#util/container-process.ts';
import { makeHomeFolders } from '#util/home-folders.ts';
import { createGenuineDovecot } from './genuine-dovecot.ts';
import { createMailbox } from './mailbox.ts';

const deps = containerDeps(process.env);
makeHomeFolders(deps.root, (line) => process.stderr.write(`${line}\n`));
void runHost(createMailbox(deps, createGenuineDovecot), process);

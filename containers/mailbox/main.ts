/**
 * main - the mailbox host as a process, with the genuine Dovecot for IMAP and POP3.
 */
import { containerDeps, runHost } from '#util/container-process.ts';
import { createGenuineDovecot } from './genuine-dovecot.ts';
import { createMailbox } from './mailbox.ts';

await runHost(createMailbox(containerDeps(process.env), createGenuineDovecot), process);

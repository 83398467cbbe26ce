/**
 * main - the gateway as a process: the first one of its container.
 */
import { containerDeps, runHost } from '#util/container-process.ts';
import { createGateway } from './gateway.ts';

await runHost(createGateway(containerDeps(process.env)), process);

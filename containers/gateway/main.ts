/**
 * main - the gateway as a process: the first one of its container.
 */
import { containerDeps, runHost } from '#util/container-process.ts';
import { makeHomeFolders } from '#util/home-folders.ts';
import { createGateway } from './gateway.ts';

const deps = containerDeps(process.env);
makeHomeFolders(deps.root, (line) => process.stderr.write(`${line}\n`));
void runHost(createGateway(deps), process);

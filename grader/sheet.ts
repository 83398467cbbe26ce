/**
 * sheet - a lab's sheet for one seat: Markdown from `<language>/sheet.md.ejs`, and the commands in it.
 *
 * A fence that opens with `sh host=NAME` holds commands for that host's shell; the exam runs them, so a sheet cannot drift from its lab.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { seatParameters } from '../range/parameters.ts';
import { renderText } from '../range/render-tree.ts';
import type { HostName, World } from '#range';
import { variantFolder } from './genuine-variant.ts';
import type { LoadedLab } from './load-labs.ts';

export interface CommandBlock {
  readonly host: HostName;
  /** Whole text of the block, for `sh`. */
  readonly commands: string;
}

/** The sheet as Markdown. @throws Error naming the template that does not render. */
export async function renderSheet(
  lab: Pick<LoadedLab, 'lab' | 'folder'>,
  world: World,
  seat: string,
  language = 'en',
): Promise<string> {
  const file = path.join(variantFolder(lab, world, seat), language, 'sheet.md.ejs');
  return renderText(await readFile(file, 'utf8'), seatParameters(world, seat), file);
}

/** The command blocks, in order. @throws Error naming a fence whose host is none. */
export function commandBlocks(sheet: string): CommandBlock[] {
  return [...sheet.matchAll(/^```sh(?: host=(\S*))?\n(.*?)^```$/gms)].map(([, host = '', commands = '']) => {
    if (host !== 'gateway' && host !== 'mailbox' && host !== 'dns')
      throw new Error(
        `the sheet has commands for "${host}"; cure: begin them with \`\`\`sh host=gateway, mailbox or dns`,
      );
    return { host, commands };
  });
}

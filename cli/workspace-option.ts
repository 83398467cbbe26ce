/**
 * workspace-option - which workshop a command is about: `--workspace DIR`, else GATEHOUSE_WORKSPACE, else `./workshop`.
 */
import { Option } from 'commander';

export function workspaceOption(): Option {
  return new Option('--workspace <dir>', 'folder of the workshop').env('GATEHOUSE_WORKSPACE').default('workshop');
}

/** `pc1`, or the text of a wrong choice of host. */
export function readHost(text: string): 'gateway' | 'mailbox' | 'dns' {
  if (text === 'gateway' || text === 'mailbox' || text === 'dns') return text;
  throw new Error(`no host "${text}": a seat has gateway, mailbox and dns`);
}

/**
 * master-lines - what master(8) writes to the mail log.
 */
export const masterLines = {
  started: (version: string, directory: string) => `daemon started -- version ${version}, configuration ${directory}`,
  reload: (version: string, directory: string) => `reload -- version ${version}, configuration ${directory}`,
  terminating: () => 'terminating on signal 15',
  cannotRun: (program: string) => `process ${program}: No such file or directory`,
  exited: (program: string, pid: number) => `process ${program} pid ${pid} exit status 1`,
  throttling: (program: string) => `${program}: bad command startup -- throttling`,
  bindFailed: (address: string, port: number, reason: string) => `bind ${address} port ${port}: ${reason}`,
} as const;

/**
 * log-lines - what MailScanner writes to the mail log, one function a line shape.
 */
export const scannerLines = {
  starting: () => 'MailScanner Email Processor version 5.5.3 starting...',
  reading: (file: string) => `Reading configuration file ${file}`,
  connectedToProcessing: () => 'Connected to Processing Attempts Database',
  foundInProcessing: (count: number) => `Found ${count} messages in the Processing Attempts Database`,
  deletedFromProcessing: (count: number) => `Deleted ${count} messages from processing-database`,
  waiting: (messages: number) => `New Batch: Found ${messages} messages waiting`,
  idleOption: (name: string, file: string, line: number) =>
    `Option "${name}" has no effect here (${file}, line ${line})`,
  newBatch: (messages: number, bytes: number) => `New Batch: Scanning ${messages} messages, ${bytes} bytes`,
  fileHit: (check: 'Filename' | 'Filetype', logText: string, id: string, name: string) =>
    `${check} Checks: ${logText} (${id} ${name})`,
  fileAllowed: (check: 'Filename' | 'Filetype', id: string, name: string, isUnruled: boolean) =>
    `${check} Checks: Allowing ${id} ${name}${isUnruled ? (check === 'Filename' ? ' (no rule matched)' : ' (no match found)') : ''}`,
  otherProblems: (count: number) => `Other Checks: Found ${count} problems`,
  passwordProtected: (name: string, id: string) => `Password-protected archive (${name}) in ${id}`,
  virusStarting: () => 'Virus and Content Scanning: Starting',
  infected: (engine: string, virus: string, id: string, name: string) =>
    `${engine}::INFECTED:: ${virus} :: ./${id}/${name}`,
  engineFound: (engine: string, count: number) => `Virus Scanning: ${engine} found ${count} infections`,
  infectedFrom: (id: string, address: string) => `Infected message ${id} came from ${address}`,
  virusesFound: (count: number) => `Virus Scanning: Found ${count} viruses`,
  silent: (reports: string) => `Viruses marked as silent: ${reports}`,
  noScanner: () => 'Virus Scanning: No virus scanners worked, so message batch was abandoned and retried!',
  noSpamScanner: () => 'Spam Checks: SpamAssassin did not work, so message batch was abandoned and retried!',
  tooBig: (id: string, bytes: number) => `Content Checks: Message ${id} is bigger than ${bytes} bytes`,
  contentProblems: (count: number) => `Content Checks: Found ${count} problems`,
  speed: (what: string, bytesPerSecond: number) =>
    `${what} completed at ${Math.round(bytesPerSecond)} bytes per second`,
  batchSpeed: (bytes: number, seconds: number) =>
    `Batch completed at ${Math.round(bytes / Math.max(seconds, 0.001))} bytes per second (${bytes} / ${Math.ceil(seconds)})`,
  savedMessage: (folder: string) => `Saved entire message to ${folder}`,
  savedFile: (name: string, folder: string) => `Saved infected "${name}" to ${folder}`,
  spamStarting: () => 'Spam Checks: Starting',
  verdict: (id: string, address: string, sender: string, domains: string, text: string) =>
    `Message ${id} from ${address} (${sender}) to ${domains} is ${text}`,
  whitelisted: (id: string, address: string, sender: string) =>
    `Message ${id} from ${address} (${sender}) is whitelisted`,
  tooBigForSpam: (id: string, bytes: number, limit: number) =>
    `Message ${id} is too big for spam checks (${bytes} > ${limit} bytes)`,
  spamFound: (count: number) => `Spam Checks: Found ${count} spam messages`,
  actions: (id: string, words: readonly string[]) => `Spam Actions: message ${id} actions are ${words.join(',')}`,
  delivery: (what: string, id: string, sender: string, recipients: string, subject: string) =>
    `${what}: message ${id} from ${sender} to ${recipients} with subject ${subject}`,
  requeue: (oldId: string, newId: string) => `Requeue: ${oldId} to ${newId}`,
  uninfected: (count: number) => `Uninfected: Delivered ${count} messages`,
  cleaned: (count: number) => `Cleaned: Delivered ${count} cleaned messages`,
  silentDelivered: (count: number) => `Silent: Delivered ${count} messages containing silent viruses`,
  senderWarnings: (count: number) => `Sender Warnings: Delivered ${count} warnings to virus senders`,
  notices: (count: number) => `Notices: Warned about ${count} messages`,
  batchDone: (messages: number, seconds: number) =>
    `Batch (${messages} message${messages === 1 ? '' : 's'}) processed in ${seconds.toFixed(2)} seconds`,
  quarantinedCrasher: (id: string) => `Quarantined message ${id} as it caused MailScanner to crash several times`,
  tooManyAttempts: (id: string) => `Warning: skipping message ${id} as it has been attempted too many times`,
} as const;

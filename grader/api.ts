/**
 * api - all that a lab may import, as `#grader`.
 */
export { defineLab } from './lab.ts';
export type { Check, Finding, OutsideLook, Hint, Lab, Step, TagArguments, Through } from './lab.ts';
export type { CheckContext, DialogueOutcome, MailboxLook, MailToSend, Peer, SentMail, Speaker } from './context.ts';
export type { Reply } from '#mail/reply.ts';
export { ProbeError } from './context.ts';
export * from './findings.ts';
export { deliversFrom, discern, findOpenRelay, speakerOf, type RelayAttempt } from './controls.ts';
export * from './from-outside.ts';
export * from './outside-questions.ts';
export { OutOfReachError } from '#range';
export { sampleOf, type Sample, type SampleKind } from './probes/samples.ts';
export { decodedParts } from './probes/decoded-parts.ts';

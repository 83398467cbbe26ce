/**
 * judge-spam - is it spam, how much, and what follows: allow and block lists, DNS lists, the spam engine's score, the actions.
 */
import { splitAddress } from '#mail/address.ts';
import type { ScannedMessage, SpamAnswer, SpamEngine, SpamLists } from './engines.ts';
import type { SpamVerdict } from './findings.ts';
import { scannerLines } from './log-lines.ts';
import { parseActions } from './parse-actions.ts';
import type { Settings } from './settings.ts';

export interface SpamDeps {
  readonly settings: Settings;
  readonly spam: SpamEngine;
  readonly spamLists: SpamLists;
  log(text: string): void;
  warn(text: string): void;
}

type Scored = Extract<SpamAnswer, { kind: 'scored' }>;
/** The engine's answer and its words in the verdict. */
interface EngineAnswer {
  readonly scored: Scored | undefined;
  readonly words: string;
}

/** Undefined when the spam engine is away: nothing can be said now. */
export async function judgeSpam(deps: SpamDeps, message: ScannedMessage): Promise<SpamVerdict | undefined> {
  const { settings } = deps;
  const isAllowed = isWhitelisted(settings, message);
  const isBlocked = !isAllowed && settings.yes('Is Definitely Spam', message);
  const listed = isAllowed ? [] : await findLists(deps, message);
  const asks = listed.length === 0 || settings.yes('Check SpamAssassin If On Spam List', message);
  const engine = asks ? await askEngine(deps, message) : { scored: undefined, words: '' };
  if (engine === undefined) return undefined;
  const level = isAllowed ? 'not-spam' : findLevel(settings, message, engine.scored, listed.length, isBlocked);
  const note = isAllowed ? ' (whitelisted)' : isBlocked ? ' (blacklisted)' : '';
  const option = { 'not-spam': 'Non Spam Actions', spam: 'Spam Actions', high: 'High Scoring Spam Actions' }[level];
  return {
    level,
    score: engine.scored?.score ?? 0,
    isWhitelisted: isAllowed,
    text: [`${level === 'not-spam' ? 'not spam' : 'spam'}${note}`, ...listed, engine.words].filter(Boolean).join(', '),
    report: engine.scored?.report ?? '',
    actions: parseActions(settings.text(option, message)),
  };
}

function isWhitelisted(settings: Settings, message: ScannedMessage): boolean {
  return (
    message.recipients.length <= settings.number('Ignore Spam Whitelist If Recipients Exceed') &&
    settings.yes('Is Definitely Not Spam', message)
  );
}

function findLists({ settings, spamLists }: SpamDeps, message: ScannedMessage): Promise<readonly string[]> {
  return spamLists.find({
    clientAddress: message.clientAddress,
    senderDomain: splitAddress(message.reversePath).domain ?? '',
    lists: settings.words('Spam List', message),
    domainLists: settings.words('Spam Domain List', message),
    timeoutMs: settings.number('Spam List Timeout') * 1000,
  });
}

function findLevel(
  settings: Settings,
  message: ScannedMessage,
  scored: Scored | undefined,
  lists: number,
  isBlocked: boolean,
): SpamVerdict['level'] {
  const over = (option: string): boolean => scored !== undefined && scored.score >= settings.number(option, message);
  const enough = (option: string): boolean => lists > 0 && lists >= settings.number(option, message);
  const isSpam = isBlocked || over('Required SpamAssassin Score') || enough('Spam Lists To Be Spam');
  const isHigh =
    (over('Required SpamAssassin Score') && over('High SpamAssassin Score')) ||
    enough('Spam Lists To Reach High Score') ||
    (isBlocked && settings.yes('Definite Spam Is High Scoring', message));
  return isHigh ? 'high' : isSpam ? 'spam' : 'not-spam';
}

async function askEngine(deps: SpamDeps, message: ScannedMessage): Promise<EngineAnswer | undefined> {
  const { settings, spam, log, warn } = deps;
  const without = (words: string): EngineAnswer => ({ scored: undefined, words });
  if (!settings.yes('Use SpamAssassin', message)) return without('');
  const largest = settings.number('Max Spam Check Size', message);
  if (message.content.length > largest) {
    log(scannerLines.tooBigForSpam(message.id, message.content.length, largest));
    return without('(too large)');
  }
  // One that throws has something against this message: it stays in hold, and its attempts are counted.
  const answer = await spam.check(message);
  if (answer.kind === 'scored')
    return { scored: answer, words: `SpamAssassin (${reportText(settings, message, answer)})` };
  warn(answer.reason);
  if (answer.kind === 'away') return undefined;
  return without('SpamAssassin (timed out)');
}

/** `not cached, score=-1, required 6, autolearn=disabled, GTUBE 1000.00`. */
function reportText(settings: Settings, message: ScannedMessage, answer: Scored): string {
  const withScores = settings.yes('Include Scores In SpamAssassin Report', message);
  const hits = settings.yes('Detailed Spam Report', message)
    ? answer.hits.map((hit) => (withScores ? `${hit.rule} ${hit.score.toFixed(2)}` : hit.rule))
    : [];
  return [
    'not cached',
    `score=${answer.score}`,
    `required ${settings.number('Required SpamAssassin Score', message)}`,
    'autolearn=disabled',
    ...hits,
  ].join(', ');
}

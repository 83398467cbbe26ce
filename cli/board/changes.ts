/**
 * changes - what is new on the board since the last look, one plain line each: the board of a place without a terminal. Pure.
 */
import type { Say } from '../texts.ts';
import type { BoardFacts, BoardSeat } from './render-board.ts';

/** Hosts that fell ill or recovered, labs whose score moved. */
export function boardChanges(before: BoardFacts | undefined, now: BoardFacts, say: Say): string[] {
  return now.seats.flatMap((seat) => {
    const old = before?.seats.find((each) => each.id === seat.id);
    return [...hostChanges(old, seat), ...labChanges(old, seat, say)].map((text) => `${now.time} ${seat.id} ${text}`);
  });
}

function hostChanges(old: BoardSeat | undefined, seat: BoardSeat): string[] {
  return seat.hosts
    .filter(({ host, state, isWell }) => {
      const was = old?.hosts.find((each) => each.host === host);
      return was ? was.state !== state : !isWell;
    })
    .map(({ host, state }) => `${host}: ${state}`);
}

function labChanges(old: BoardSeat | undefined, seat: BoardSeat, say: Say): string[] {
  if (!old) return [];
  return seat.labs.flatMap(({ number, score }, index) => {
    const was = old.labs[index]?.score;
    const isSame = was?.points === score?.points && was?.of === score?.of;
    return !score || isSame ? [] : [say('board.scored', { lab: number, points: score.points, of: score.of })];
  });
}

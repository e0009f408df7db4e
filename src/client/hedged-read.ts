/**
 * A read that does not wait for a node that is late (Dean and Barroso, The Tail at Scale, 2013):
 * after the 95th percentile of what that node took lately another one is asked as well, and the
 * first answer that is worth something wins.
 *
 * The other answer is not heeded any more, but it is let come: to break its connection would cost
 * both sides more than the rest of it, and a node that never answers would not be found out.
 */

import type { RawAnswer } from './answers.ts';
import type { Peer } from './peer.ts';
import type { RunningCall } from './running-call.ts';

export interface HedgedAnswer {
  readonly answer: RawAnswer;
  /** Whose it is. */
  readonly peer: Peer;
}

/** An answer that tells of the key, or that the request is wrong: another node says no better. */
const UNABLE = 500;

/**
 * Rejects with the last failure where no request got an answer.
 * @param second another node, when the first is late; undefined: there must be none
 */
export function hedgedRead(
  first: Peer,
  start: (peer: Peer) => RunningCall,
  second: () => Peer | undefined,
): Promise<HedgedAnswer> {
  return new Promise((resolve, reject) => {
    let underWay = 0;
    const ask = (peer: Peer) => {
      underWay += 1;
      start(peer).answer.then(
        (answer) => (answer.status < UNABLE ? win(peer, answer) : lose(() => win(peer, answer))),
        (error) => lose(() => reject(error)),
      );
    };
    const win = (peer: Peer, answer: RawAnswer) => {
      clearTimeout(timer);
      resolve({ answer, peer });
    };
    /** The last failure is that of the read. */
    const lose = (end: () => void) => {
      underWay -= 1;
      clearTimeout(timer);
      if (underWay === 0) end();
    };
    const timer = setTimeout(() => {
      const peer = second();
      if (peer !== undefined) ask(peer);
    }, first.latencies.lateAfterMs);
    ask(first);
  });
}

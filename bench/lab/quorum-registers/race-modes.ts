/** The modes that race against each other, and what theory says of each. */

import { type Levels, overlaps } from '../levels.ts';
import { type Mode, type ModeName, modesAt } from '../modes.ts';

export interface RacingMode extends Pick<Mode, 'bucket' | 'settings' | 'read' | 'write'> {
  readonly name: 'one' | Exclude<ModeName, 'sloppy'>;
  readonly title: string;
  /** Of a register with one writer. */
  readonly isLinearizable: boolean;
}

/** R+W is not above N: a read may miss what was acknowledged long ago. The broken variant. */
const ONE: RacingMode = {
  name: 'one',
  title: 'dynamo, R=W=1',
  bucket: 'lab-one',
  settings: { mode: 'dynamo' },
  read: { r: 1, sloppy: false },
  write: { w: 1, sloppy: false },
  isLinearizable: false,
};

/**
 * A read of all replicas finds whatever an earlier one has shown. With blocking repair a read ends when what it shows is on R replicas,
 * and where these are most of all a later read meets them: the atomic register of
 * one writer of Attiya, Bar-Noy and Dolev ("Sharing Memory Robustly in Message-Passing
 * Systems", 1995). Of several writers a bucket of siblings makes no register at all.
 */
export function racingAt(levels: Levels): readonly RacingMode[] {
  const { strict, blocking, paxos, raft } = modesAt(levels);
  const { n, r } = levels;
  return [
    ONE,
    { ...strict, name: 'strict', isLinearizable: overlaps(levels) && r === n },
    { ...blocking, name: 'blocking', isLinearizable: overlaps(levels) && 2 * r > n },
    { ...paxos, name: 'paxos' },
    { ...raft, name: 'raft' },
  ];
}

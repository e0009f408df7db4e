/** The modes that race against each other, and what theory says of each. */

import { MODES, type Mode, type ModeName } from '../modes.ts';

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
 * With blocking repair a read ends when what it shows is on a majority: the atomic register of
 * one writer of Attiya, Bar-Noy and Dolev ("Sharing Memory Robustly in Message-Passing
 * Systems", 1995). Of several writers a bucket of siblings makes no register at all.
 */
export const RACING: readonly RacingMode[] = [
  ONE,
  { ...MODES.strict, name: 'strict' },
  { ...MODES.blocking, name: 'blocking', isLinearizable: true },
  { ...MODES.paxos, name: 'paxos' },
  { ...MODES.raft, name: 'raft' },
];

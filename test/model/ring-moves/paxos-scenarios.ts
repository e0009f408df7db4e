/** The moves through which the operations on a register of a `paxos` bucket are sent. */

import type { Stage } from './lists.ts';
import type { PaxosScenario } from './paxos-path.ts';

/** PREPARE has the lists of STABLE, and what it waits for is in the other model. */
const there: readonly Stage[] = ['STABLE', 'WRITE_BOTH', 'READ_NEW', 'STABLE_NEW'];
const andBack: readonly Stage[] = ['STABLE', 'WRITE_BOTH', 'READ_NEW', 'WRITE_BOTH_BACK', 'STABLE'];

const swap = { from: 'ALB', to: 'AXB', n: 3, plan: there, alike: ['A', 'B'] } as const;
const add = { from: 'AB', to: 'ABX', n: 3, plan: there, alike: ['A', 'B'] } as const;
const remove = { from: 'ALB', to: 'AB', n: 3, plan: there, alike: ['A', 'B'] } as const;
const removeMiddle = { from: 'ALB', to: 'AB', n: 2, plan: there } as const;
/** No further than that C´ is asked. */
const untilRead: readonly Stage[] = ['STABLE', 'WRITE_BOTH', 'READ_NEW'];
/** All have applied WRITE_BOTH. */
const fromBoth: readonly Stage[] = ['WRITE_BOTH', 'READ_NEW', 'STABLE_NEW'];

export const paxosScenarios = {
  swap: { ...swap, operations: ['cas', 'cas'] },
  swapFromBoth: { ...swap, plan: fromBoth, operations: ['cas', 'cas'] },
  swapReads: { ...swap, operations: ['cas'], readsCheaply: true },
  swapDead: {
    ...swap,
    plan: untilRead,
    operations: ['cas', 'cas'],
    dies: 'L',
    isDeadAtFirst: true,
  },
  removeDead: {
    ...remove,
    plan: untilRead,
    operations: ['cas', 'cas'],
    dies: 'L',
    isDeadAtFirst: true,
  },
  add: { ...add, operations: ['cas', 'cas'] },
  addReads: { ...add, operations: ['cas'], readsCheaply: true },
  remove: { ...remove, operations: ['cas', 'cas'] },
  removeReads: { ...remove, operations: ['cas'], readsCheaply: true },
  removeMiddle: { ...removeMiddle, operations: ['cas', 'cas'] },
} as const satisfies Record<string, PaxosScenario>;

/** More than there is time for in every run of the tests. */
export const longPaxosScenarios = {
  swapRead: { ...swap, operations: ['cas', 'read'] },
  swapReads: { ...swap, operations: ['cas', 'cas'], readsCheaply: true },
  swapTriesAgain: { ...swap, operations: ['cas', 'cas'], triesAgain: true },
  swapDead: { ...swap, operations: ['cas', 'cas'], dies: 'L' },
  swapAndBack: { ...swap, plan: andBack, operations: ['cas', 'cas'] },
  add: { ...add, operations: ['cas', 'cas'], readsCheaply: true },
  remove: { ...remove, operations: ['cas', 'cas'], readsCheaply: true },
  removeDead: { ...remove, operations: ['cas', 'cas'], dies: 'L', readsCheaply: true },
  removeMiddle: { ...removeMiddle, operations: ['cas', 'cas'], readsCheaply: true },
  removeMiddleDead: { ...removeMiddle, operations: ['cas', 'cas'], dies: 'L' },
} as const satisfies Record<string, PaxosScenario>;

export type PaxosScenarioName = keyof typeof paxosScenarios;

/** The moves through which the write and the read of a `dynamo` bucket are sent. */

import type { DynamoScenario } from './dynamo-path.ts';
import type { Stage } from './lists.ts';

const there: readonly Stage[] = ['STABLE', 'WRITE_BOTH', 'READ_NEW', 'STABLE_NEW'];
const prepared: readonly Stage[] = ['STABLE', 'PREPARE', 'WRITE_BOTH', 'READ_NEW', 'STABLE_NEW'];
/** Given up in the first WRITE_BOTH, begun again, and looked at until X is read. */
const secondTry: readonly Stage[] = ['WRITE_BOTH', 'STABLE', 'PREPARE', 'WRITE_BOTH', 'READ_NEW'];
const andBack: readonly Stage[] = ['STABLE', 'WRITE_BOTH', 'READ_NEW', 'WRITE_BOTH_BACK', 'STABLE'];

const majorities = { r: 2, w: 2 };
const writeAll = { r: 1, w: 3 };
const readAll = { r: 3, w: 1 };

const swap = { from: 'ALB', to: 'AXB', n: 3, alike: ['A', 'B'] } as const;
const add = { from: 'AB', to: 'ABX', n: 3, alike: ['A', 'B'] } as const;
const remove = { from: 'ALB', to: 'AB', n: 3, alike: ['A', 'B'] } as const;
/** The bucket has two replicas of three: where L goes, B takes its place. */
const removeMiddle = { from: 'ALB', to: 'AB', n: 2 } as const;
const swapMiddle = { from: 'ALB', to: 'AXB', n: 2 } as const;

export const dynamoScenarios = {
  swap: { ...swap, plan: prepared, levels: majorities },
  swapWriteAll: { ...swap, plan: there, levels: writeAll },
  swapReadAll: { ...swap, plan: there, levels: readAll },
  swapDead: { ...swap, plan: there, levels: majorities, dies: 'L' },
  swapTwoDead: { ...swapMiddle, n: 3, plan: there, levels: majorities, dies: 'AL' },
  swapSecondTry: { ...swap, plan: secondTry, levels: readAll },
  swapAndBack: { ...swap, plan: andBack, levels: majorities },
  swapMiddle: { ...swapMiddle, plan: prepared, levels: { r: 1, w: 2 } },
  add: { ...add, plan: prepared, levels: majorities },
  addWriteAll: { ...add, plan: there, levels: writeAll },
  addReadAll: { ...add, plan: there, levels: readAll },
  addAndBack: { ...add, plan: andBack, levels: majorities },
  remove: { ...remove, plan: there, levels: majorities },
  removeWriteAll: { ...remove, plan: there, levels: writeAll },
  removeReadAll: { ...remove, plan: there, levels: readAll },
  removeDead: { ...remove, plan: there, levels: majorities, dies: 'L' },
  removeAndBack: { ...remove, plan: andBack, levels: readAll },
  removeMiddle: { ...removeMiddle, plan: prepared, levels: { r: 1, w: 2 } },
  removeMiddleReadAll: { ...removeMiddle, plan: there, levels: { r: 2, w: 1 } },
  removeMiddleDead: { ...removeMiddle, plan: there, levels: { r: 2, w: 2 }, dies: 'L' },
  removeMiddleAndBack: { ...removeMiddle, plan: andBack, levels: { r: 1, w: 2 } },
} as const satisfies Record<string, DynamoScenario>;

/** More than there is time for in every run of the tests. */
export const longDynamoScenarios = {
  swapSecondTry: { ...swap, plan: secondTry, levels: majorities },
  swapSecondTryToTheEnd: {
    ...swap,
    plan: ['STABLE', 'WRITE_BOTH', 'STABLE', ...prepared.slice(1)],
    levels: majorities,
  },
  swapBackAndAgain: {
    ...swap,
    plan: [...andBack, ...prepared.slice(1, 4)],
    levels: majorities,
  },
} as const satisfies Record<string, DynamoScenario>;

export type DynamoScenarioName = keyof typeof dynamoScenarios;

/** Which elements count as survivors, and that the checker says the same. */

import { describe, expect, it } from 'vitest';
import {
  CONDITIONS,
  type Condition,
  POLICIES,
  type Policy,
} from '../../../../bench/lab/shared-sets/conditions.ts';
import { tallyOf } from '../../../../bench/lab/shared-sets/set-tally.ts';
import type { Operation } from '../../../../src/checkers/history.ts';

const [policy] = POLICIES as readonly [Policy];
const [condition] = CONDITIONS as readonly [Condition];

function add(value: string, outcome: Operation['outcome'] = 'ok'): Operation {
  return { process: 0, key: 'k', op: 'add', value, invoke: 0, complete: 1, outcome };
}

function finalRead(values: readonly string[]): Operation {
  const times = { invoke: 2, complete: 3, outcome: 'ok' } as const;
  return { process: 1, key: 'k', op: 'read', final: true, ...times, output: { values } };
}

function tallyWith(...operations: readonly Operation[]) {
  const siblings = new Map([['k', 1]]);
  const round = { policy, condition, repeat: 0, siblings, recorder: { operations } };
  return tallyOf(policy, condition, [round]);
}

describe('what became of acknowledged elements', () => {
  it('they survive where the last read shows them', () => {
    const tally = tallyWith(add('a'), finalRead(['a']));
    expect(tally).toMatchObject({ acknowledged: 1, survivors: 1, lost: 0, violations: 0 });
  });

  it('they are lost where it does not', () => {
    const tally = tallyWith(add('a'), add('b'), finalRead(['a']));
    expect(tally).toMatchObject({ acknowledged: 2, survivors: 1, lost: 1, violations: 1 });
    expect(tally.lostShare.median).toBe(0.5);
  });

  it('an element of unknown outcome is owed to nobody', () => {
    const tally = tallyWith(add('a', 'unknown'), finalRead([]));
    expect(tally).toMatchObject({ acknowledged: 0, lost: 0, violations: 0 });
  });
});

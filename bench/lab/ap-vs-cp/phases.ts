/** What is done to a subject: from healthy to cut in two. */

import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { Subject } from './subject.ts';

export type PhaseName = 'healthy' | 'one node down' | 'minority cut off' | 'leader cut off';

export interface Phase {
  readonly name: PhaseName;
  /** For a reader of the report. */
  readonly what: string;
  /** Each by its nodes, the larger one first; clients of a side ask its nodes alone. */
  readonly sides: readonly Side[];
  /** For a history. */
  readonly fault: string;
  begin(): Promise<void>;
}

export interface Side {
  readonly name: 'all' | 'larger side' | 'smaller side';
  readonly nodes: readonly string[];
}

export const PHASES: readonly PhaseName[] = [
  'healthy',
  'one node down',
  'minority cut off',
  'leader cut off',
];

/** Of the smaller side; where there are but three nodes, one. */
export function minorityOf(nodes: number): number {
  return Math.floor((nodes - 1) / 2);
}

/** Drawn anew each time: who leads may have changed. */
export async function phaseOf(
  name: PhaseName,
  subject: Subject,
  random: SeededRandom,
): Promise<Phase> {
  const names = subject.places.map((place) => place.name);
  const leader = await subject.leader();
  const others = shuffled(
    names.filter((node) => node !== leader),
    random,
  );
  switch (name) {
    case 'healthy':
      return {
        ...{ name, what: 'nothing is wrong', fault: 'none' },
        sides: [{ name: 'all', nodes: names }],
        begin: async () => {},
      };
    case 'one node down': {
      const rest = names.filter((node) => node !== leader);
      return {
        ...{ name, what: `the node that leads is killed`, fault: `kill ${leader}` },
        sides: [{ name: 'all', nodes: rest }],
        begin: () => subject.kill(leader),
      };
    }
    case 'minority cut off': {
      const smaller = others.slice(0, minorityOf(names.length));
      return cut(name, 'nodes that do not lead are cut off from the others', smaller, subject);
    }
    case 'leader cut off': {
      const smaller = [leader, ...others.slice(0, minorityOf(names.length) - 1)];
      return cut(name, 'the leader is cut off with a minority', smaller, subject);
    }
  }
}

function cut(name: PhaseName, what: string, smaller: readonly string[], subject: Subject): Phase {
  const larger = subject.places.map((place) => place.name).filter((one) => !smaller.includes(one));
  return {
    ...{ name, what, fault: `partition ${smaller.join(' ')} | ${larger.join(' ')}` },
    sides: [
      { name: 'larger side', nodes: larger },
      { name: 'smaller side', nodes: smaller },
    ],
    begin: () => subject.partition(smaller, larger),
  };
}

function shuffled(names: readonly string[], random: SeededRandom): readonly string[] {
  const left = [...names];
  return names.map(() => left.splice(random.below(left.length), 1)[0] as string);
}

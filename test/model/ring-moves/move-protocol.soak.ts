/**
 * With all rules in force, no interleaving of a move with a write and a read, or with
 * operations on a Paxos register, loses anything; and each scenario does get to its end.
 */

import { describe, expect, it } from 'vitest';
import { printCounterexample, summarize } from './counterexample.ts';
import { DynamoModel, type DynamoScenario } from './dynamo-path.ts';
import { dynamoScenarios } from './dynamo-scenarios.ts';
import { explore, type Model } from './explorer.ts';
import { PaxosModel } from './paxos-path.ts';
import { paxosScenarios } from './paxos-scenarios.ts';
import { allRules } from './rules.ts';

function exploreSafely(model: Model): Readonly<Record<string, number>> {
  const exploration = explore(model);
  console.log(summarize(exploration));
  expect(exploration.violation, printCounterexample(exploration)).toBeUndefined();
  return exploration.reached;
}

describe('a write and a read', () => {
  it.each(Object.entries<DynamoScenario>(dynamoScenarios))('%s', (name, scenario) => {
    const reached = exploreSafely(new DynamoModel(name, scenario, allRules));
    for (const [milestone, states] of Object.entries(reached)) {
      expect(states, milestone).toBeGreaterThan(0);
    }
  });
});

describe('operations on a register', () => {
  it.each(Object.entries(paxosScenarios))('%s', (name, scenario) => {
    const reached = exploreSafely(new PaxosModel(name, scenario, allRules));
    for (const [milestone, states] of Object.entries(reached)) {
      expect(states, milestone).toBeGreaterThan(0);
    }
  });
});

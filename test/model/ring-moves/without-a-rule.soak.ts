/** No rule is fuss: without any one of them something is lost, and the model finds how. */

import { expect, it } from 'vitest';
import { printCounterexample, summarize } from './counterexample.ts';
import { DynamoModel } from './dynamo-path.ts';
import { type DynamoScenarioName, dynamoScenarios } from './dynamo-scenarios.ts';
import { explore, type Model } from './explorer.ts';
import { PaxosModel } from './paxos-path.ts';
import { type PaxosScenarioName, paxosScenarios } from './paxos-scenarios.ts';
import { type Rule, rules, rulesWithout } from './rules.ts';

/** Either comes first, the second where nobody happens to have read yet. */
const missedWrite = [
  'a read misses an acknowledged write',
  'fewer than W of the last list have an acknowledged write',
];
const droppedLast = 'L drops what the new list does not have';
const twoChanges = 'two compare-and-sets from one value are both seen';
const staleRead = 'an operation does not know of a change that was seen before it began';

const onData = (scenario: DynamoScenarioName, lost: string | string[]) => ({
  lost: [lost].flat(),
  modelWithout: (rule: Rule): Model =>
    new DynamoModel(`${scenario} without ${rule}`, dynamoScenarios[scenario], rulesWithout(rule)),
});

const onRegister = (scenario: PaxosScenarioName, lost: string | string[]) => ({
  lost: [lost].flat(),
  modelWithout: (rule: Rule): Model =>
    new PaxosModel(`${scenario} without ${rule}`, paxosScenarios[scenario], rulesWithout(rule)),
});

const counterexamples = {
  commitFence: onData('swap', missedWrite),
  drain: onData('swap', missedWrite),
  durableFence: onData('swap', missedWrite),
  fenceSurvivesDrop: onData('swapReadAll', missedWrite),
  jointWrite: onData('swap', missedWrite),
  prefixes: onData('removeMiddle', missedWrite),
  sessionCheck: onData('swapSecondTry', missedWrite),
  fencedSources: onData('swap', missedWrite),
  newcomerReady: onData('swapSecondTry', missedWrite),
  emptyNewcomer: onData('swap', missedWrite),
  fenceBeforeReadNew: onData('swapTwoDead', missedWrite),
  fenceBeforeStable: onData('removeMiddleReadAll', missedWrite),
  addFences: onData('addReadAll', missedWrite),
  survivorsFence: onData('removeMiddleAndBack', missedWrite),
  fencesMin: onData('swapTwoDead', missedWrite),
  survivorsCopied: onData('swapDead', missedWrite),
  judgedAnew: onData('swapTwoDead', missedWrite),
  reverseFence: onData('removeAndBack', missedWrite),
  acksOfSession: onData('swapSecondTry', missedWrite),
  freshAnswers: onData('removeReadAll', missedWrite),
  exchangeBeforeDrop: onData('remove', droppedLast),
  ballotEpoch: onRegister('swapFromBoth', twoChanges),
  readRule: onRegister('swapReads', staleRead),
  copiedFlag: onRegister('remove', twoChanges),
  durablePromise: onRegister('swapFromBoth', twoChanges),
} as const satisfies Record<Rule, { lost: string[]; modelWithout: (rule: Rule) => Model }>;

it.each(Object.keys(rules) as Rule[])('%s', (rule) => {
  const { lost, modelWithout } = counterexamples[rule];
  const exploration = explore(modelWithout(rule));
  console.log(summarize(exploration));
  expect(lost, printCounterexample(exploration)).toContain(exploration.violation);
});

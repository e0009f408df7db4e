/**
 * The rules of a ring change, each a switch: the model with all of them must be safe, and the
 * model without any one of them must not be, or the rule would be fuss.
 */

export const rules = {
  commitFence: 'a request is checked against the fence again when it commits',
  drain: 'writes under way are on disk before the fence is confirmed',
  durableFence: 'a fence survives a restart',
  fenceSurvivesDrop: 'a fence survives the dropping of the partition',
  jointWrite: 'WRITE_BOTH and READ_NEW write to a quorum of C and of C´',
  prefixes: 'every rule holds for each n, on C_n and C´_n',
  sessionCheck: 'chunks of a cancelled copying session are refused',
  fencedSources: 'only what a source has after its fence is copied',
  newcomerReady: 'WRITE_BOTH begins when X has erased what it had',
  emptyNewcomer: 'X counts in no read and no prepare before READ_NEW',
  fenceBeforeReadNew: 'WRITE_BOTH is left when its fence is complete',
  fenceBeforeStable: 'READ_NEW is left when its fence is complete',
  addFences: 'where nobody leaves, all members of C_n fence',
  survivorsFence: 'where L is dead, all survivors fence',
  fencesMin: 'where L is dead, at least |C_n| - maj + 1 fence',
  survivorsCopied: 'where L is dead, all that every survivor has is copied',
  judgedAnew: 'the death of L makes its fence and its copy void',
  reverseFence: 'going back from READ_NEW fences X as L was',
  acksOfSession: 'an acknowledgement of X counts only until X erases',
  freshAnswers: 'answers from before a reader caught up do not count for the list after it',
  exchangeBeforeDrop: 'L drops its data when C´ has all of it',
  ballotEpoch: 'a ballot bears an epoch, and is refused in any other',
  readRule: 'a cheap read needs an accept quorum of the ballot´s own epoch as well',
  copiedFlag: 'copied state is no vote',
  durablePromise: 'a promise is on disk before the reply',
} as const;

export type Rule = keyof typeof rules;

/** The rules in force. */
export type Rules = Readonly<Record<Rule, boolean>>;

const names = Object.keys(rules) as Rule[];

export const allRules: Rules = rulesWithout();

export function rulesWithout(...missing: readonly Rule[]): Rules {
  return Object.fromEntries(names.map((name) => [name, !missing.includes(name)])) as Rules;
}

/**
 * Bugs that a simulator finds within 500 seeds when they are planted: each breaks one rule of
 * protocols.md by one line. See test/soak/planted.soak.ts.
 */

import { BROKEN_RULES } from '../raft/broken-rules.ts';
import type { PlantedBug } from './planted-bug.ts';
import type { SimulatorName } from './simulators.ts';

export interface ListedBug extends PlantedBug {
  /** What goes wrong, by the section of the protocols. */
  readonly rule: string;
  /** Who finds it. */
  readonly by: SimulatorName;
}

/** Of the rules that test/sim/raft/broken.soak.ts breaks those that take few seeds. */
const OF_RAFT: readonly ListedBug[] = BROKEN_RULES.filter(
  ({ firstSeed, leases }) => firstSeed === undefined && leases === undefined,
).map(({ rule, mutation }) => ({
  ...mutation,
  rule: `6, it does not hold that ${rule}`,
  by: 'raft',
  file: `raft/${mutation.file}`,
}));

export const PLANTED_BUGS: readonly ListedBug[] = [
  {
    rule: '1, put: siblings that the context did not cover are dropped',
    by: 'scenarios',
    file: 'causality/sibling-object.ts',
    text: '!covers(context.clock, sibling.dot) &&',
    becomes: 'false &&',
  },
  {
    rule: '1, put: siblings that are among the dots of the context are kept',
    by: 'scenarios',
    file: 'causality/sibling-object.ts',
    text: '!context.dots.some((seen) => sameDot(seen, sibling.dot))',
    becomes: 'true',
  },
  {
    rule: '1, merge: a sibling that the other clock covers is kept',
    by: 'scenarios',
    file: 'causality/sibling-object.ts',
    text: '!covers(other.clock, sibling.dot) ||',
    becomes: 'true ||',
  },
  {
    rule: '1, merge: a sibling that only the other has is dropped',
    by: 'scenarios',
    file: 'causality/sibling-object.ts',
    text: '!covers(a.clock, sibling.dot)',
    becomes: 'false',
  },
  {
    rule: '1, context: a put hands out the clock of the object',
    by: 'scenarios',
    file: 'coordinator/coordinator.ts',
    text: ': contextOfWrite(seen, dot, reap)',
    becomes: ': contextOfRead(object.clock, reap)',
  },
  {
    rule: "1, merge: the other's clock is forgotten",
    by: 'scenarios',
    file: 'causality/sibling-object.ts',
    text: 'clock: joinVectors(a.clock, b.clock), siblings',
    becomes: 'clock: a.clock, siblings',
  },
  {
    rule: '2, durable answers: a write is acknowledged before it is on disk',
    by: 'scenarios',
    file: 'replica/replica.ts',
    text: "return this.#store.write([{ type: 'put', key, value: encodeRecord(version, self) }]);",
    becomes:
      "this.#store.write([{ type: 'put', key, value: encodeRecord(version, self) }]).catch(() => undefined); return Promise.resolve();",
  },
  {
    rule: '2, sloppy quorum: a fallback counts for PW and PR',
    by: 'scenarios',
    file: 'coordinator/quorum.ts',
    text: 'primariesAmong(quorum, nodes).length >= quorum.ofPrimaries',
    becomes: 'true',
  },
  {
    rule: '2, quorums: one answer is enough',
    by: 'scenarios',
    file: 'coordinator/quorum.ts',
    text: 'if (nodes.length < quorum.needed)',
    becomes: 'if (nodes.length < Math.min(1, quorum.needed))',
  },
  {
    rule: '2, reads: the first answer is told, not all together',
    by: 'scenarios',
    file: 'coordinator/demands.ts',
    text: '.reduce(merge, ABSENT)',
    becomes: '.reduce((first, next) => (isAbsent(first) ? next : first), ABSENT)',
  },
  {
    rule: '2, writes: too few acknowledgements are called enough',
    by: 'scenarios',
    file: 'coordinator/replication.ts',
    text: 'const enough = this.#isEnough(this.#kept);',
    becomes: 'const enough = true;',
  },
  {
    rule: '2, sloppy quorum: whoever keeps the object counts, also without a place of its own',
    by: 'keys',
    file: 'coordinator/quorum.ts',
    text: 'countPlaces(holders, quorum.primaries).keys()',
    becomes: 'holders.keys()',
  },
  {
    rule: '3, hints: a later one takes the place of the one that is there, unmerged',
    by: 'scenarios',
    file: 'replica/hints.ts',
    text: 'const merged = merge(known.object, incoming);',
    becomes: 'const merged = incoming;',
  },
  {
    rule: '3, delivery: hints of before a restart stay where they are',
    by: 'keys',
    file: 'repair/hint-delivery.ts',
    text: 'for (const target of hints.targets)',
    becomes: 'for (const target of [])',
  },
  {
    rule: '3, delivery: what was not taken is not tried again',
    by: 'keys',
    file: 'repair/hint-stream.ts',
    text: 'this.begin(pauseMs * (1 - random.float() / 2));',
    becomes: '',
  },
  {
    rule: '4, trees: a write is not told to the tree',
    by: 'scenarios',
    file: 'replica/replica.ts',
    text: 'this.#trees.wrote(key, address, before, version.digest);',
    becomes: '',
  },
  {
    rule: '5, reap number: state that was read under a lower one is taken',
    by: 'keys',
    file: 'replica/reap-numbers.ts',
    text: 'if (reap >= adopted)',
    becomes: 'if (true)',
  },
  {
    rule: '5, reaping: a replica marks another version than the one agreed on',
    by: 'keys',
    file: 'replica/reap-marks.ts',
    text: 'if (this.#digestAt(storedKey) !== digest)',
    becomes: 'if (false)',
  },
  {
    rule: "5, reaping: one replica's yes is enough",
    by: 'keys',
    file: 'repair/reap-round.ts',
    text: 'answers.every(({ answer }) => answer[i] === true)',
    becomes: 'answers.some(({ answer }) => answer[i] === true)',
  },
  {
    rule: '5, reaping: members do not look whether they hold hints or leftovers',
    by: 'keys',
    file: 'replica/reap-adoption.ts',
    text: 'return this.#ports.hints.hasAnyIn(partition) || this.#holdsLeftover(partition);',
    becomes: 'return false;',
  },
  {
    rule: '5, reaping: those that do not answer are excused',
    by: 'keys',
    file: 'repair/reap-round.ts',
    text: 'if (silent.length === 0)',
    becomes: 'if (true)',
  },
  ...OF_RAFT,
  {
    rule: '8, copy: X copies from nobody',
    by: 'ring moves',
    file: 'ring/move-duties.ts',
    text: 'return [leaver];',
    becomes: 'return [];',
  },
  {
    rule: '8, WRITE_BOTH: it is left before X has copied',
    by: 'ring moves',
    file: 'node/ring-moves/move-steps.ts',
    text: 'return copied(ports, move);',
    becomes: 'return ports.isPresent();',
  },
  {
    rule: "8, WRITE_BOTH: reads ask C', which has yet to be filled",
    by: 'ring moves',
    file: 'ring/move.ts',
    text: "return stage === 'prepare' || stage === 'write_both' ? from : to;",
    becomes: "return stage === 'prepare' ? from : to;",
  },
  {
    rule: '8, WRITE_BOTH: a write needs W of C only',
    by: 'ring moves',
    file: 'ring/move.ts',
    text: "move.stage === 'prepare' || move.stage === 'stable')",
    becomes: "move.stage === 'prepare' || move.stage === 'stable' || move.stage === 'write_both')",
  },
  {
    rule: '8, STABLE: it is left before L has let go',
    by: 'ring moves',
    file: 'node/ring-moves/move-steps.ts',
    text: 'return letGo(ports, move);',
    becomes: 'return ports.isPresent();',
  },
  {
    rule: '9, acceptor: a ballot below the promise is promised',
    by: 'scenarios',
    file: 'paxos/acceptor.ts',
    text: 'if (order < 0)',
    becomes: 'if (false)',
  },
  {
    rule: '9, acceptor: a ballot below the promise is accepted',
    by: 'scenarios',
    file: 'paxos/acceptor.ts',
    text: 'if (compareBallots(ballot, record.promised) < 0)',
    becomes: 'if (false)',
  },
  {
    rule: '9, reads: one replica is asked',
    by: 'scenarios',
    file: 'paxos/rounds.ts',
    text: 'isEnough: (nodes) => isPrepareQuorum(plan, nodes) && isAcceptQuorum(plan, nodes)',
    becomes: 'isEnough: (nodes) => nodes.length > 0',
  },
  {
    rule: '9, ballots: a ballot is drawn again',
    by: 'scenarios',
    file: 'paxos/ballots.ts',
    text: 'this.#counter++;',
    becomes: 'if (this.#counter === 0) this.#counter++;',
  },
  {
    rule: '9, quorums: one acceptor is a majority',
    by: 'scenarios',
    file: 'paxos/register-plan.ts',
    text: 'return count >= majority(list.length);',
    becomes: 'return count >= 1;',
  },
  {
    rule: '9, prepare: what was accepted is not built on',
    by: 'scenarios',
    file: 'paxos/rounds.ts',
    text: 'if (isZero(accepted))',
    becomes: 'if (true)',
  },
  {
    rule: '9, copy: accepted values are left out of it',
    by: 'paxos',
    file: 'paxos/copied-register.ts',
    text: 'if (compareBallots(incoming.accepted, local.accepted) > 0)',
    becomes: 'if (false)',
  },
  {
    rule: '9, reads: what is not known to be chosen is told',
    by: 'paxos',
    file: 'paxos/rounds.ts',
    text: 'const isProven = isProvenChosen(accepted, answers, plan);',
    becomes: 'const isProven = true;',
  },
  {
    rule: '9, outcomes: the ids of changes in the register are not looked at',
    by: 'paxos',
    file: 'paxos/judgement.ts',
    text: 'if (recorded !== undefined) {',
    becomes: 'if (false) {',
  },
  {
    rule: '9, outcomes: unknown is called failed',
    by: 'paxos',
    file: 'paxos/proposer.ts',
    text: 'throw progress.sent === undefined || !isExpected(error) ? error : inDoubt(error);',
    becomes: 'throw error;',
  },
  {
    rule: '9, acceptor: promises and acceptances are told before they are on disk',
    by: 'paxos',
    file: 'paxos/acceptor-server.ts',
    text: "return this.#store.write([{ type: 'put', key, value: encodeAcceptorRecord(record) }]);",
    becomes:
      "this.#store.write([{ type: 'put', key, value: encodeAcceptorRecord(record) }]).catch(() => undefined); return undefined;",
  },
  {
    rule: "10, token: it does not learn of the session's writes",
    by: 'scenarios',
    file: 'coordinator/sessions.ts',
    text: 'if (!this.#does(WRITES_RECORD) && !reads)',
    becomes: 'if (!reads)',
  },
  {
    rule: '10, reads: what the session has seen is not looked for further',
    by: 'sessions',
    file: 'coordinator/escalation.ts',
    text: 'demands.length === 0 || isMetBy(demands, mergedOf(first))',
    becomes: 'true',
  },
  {
    rule: '10, reads: the first further answers will do, whatever they know',
    by: 'sessions',
    file: 'coordinator/escalation.ts',
    text: 'if (!this.#meetsLevels || !isMetOrOutlivedBy(demands, plan, answers))',
    becomes: 'if (!this.#meetsLevels)',
  },
  {
    rule: '10, reads: the single writes of the token are not looked at',
    by: 'sessions',
    file: 'causality/context.ts',
    text: 'return coversAll(by, clock) && coversAll(by, dots);',
    becomes: 'return coversAll(by, clock);',
  },
  {
    rule: "10, writes: the token's context is not sent along",
    by: 'sessions',
    file: 'coordinator/sessions.ts',
    text: 'own === undefined ? contexts',
    becomes: 'true ? contexts',
  },
  {
    rule: '10, token: it does not learn of what the session reads',
    by: 'sessions',
    file: 'coordinator/sessions.ts',
    text: 'if (!records || clock.length === 0)',
    becomes: 'if (true)',
  },
  {
    rule: "10, causal: a value does not carry its writer's token",
    by: 'sessions',
    file: 'coordinator/sessions.ts',
    text: 'carried: this.#carried()',
    becomes: 'carried: undefined',
  },
  {
    rule: "10, causal: a reader does not take over the writer's token",
    by: 'sessions',
    file: 'coordinator/sessions.ts',
    text: 'return this.#does(CAUSAL) ? takingOver(token, siblings) : token;',
    becomes: 'return token;',
  },
];

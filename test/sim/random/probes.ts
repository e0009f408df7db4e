/**
 * Rare paths through the program, each by a place in its code: a campaign that never took one of
 * them has proved nothing about it.
 */

import type { Probe } from './code-coverage.ts';

export const PROBES: readonly Probe[] = [
  probe('a key began a new actor', 'causality/mint.ts', 'return { ...actor, counter: 1 };'),
  probe('a node refused another epoch', 'replica/admission.ts', '{ epoch: present }'),
  probe(
    'a replica was behind the sender of a message',
    'replica/admission.ts',
    'if (await this.#view.until(() => this.isAbreastOf(placed), deadline))',
  ),
  probe(
    'a request was planned again',
    'routing/planning-again.ts',
    'return planAgain(view, plan);',
  ),
  probe(
    'a write kept its dot and was planned again',
    'coordinator/replication.ts',
    'async #planAgain(error) {\n',
  ),
  probe('state of an older reap number was refused', 'replica/reap-numbers.ts', "'stale_reap',"),
  probe(
    'a write learned what its context names',
    'coordinator/writer-context.ts',
    'const others = written.filter(',
  ),
  probe(
    'a context outlived what it names',
    'coordinator/writer-context.ts',
    'if (copy.knows(left))',
  ),
  probe(
    'blocking read repair wrote',
    'coordinator/read-repair.ts',
    'const missing = needed - whole.length;',
  ),
  probe('a fence was waited for', 'repair/transfer/fence-server.ts', 'await store.durable();'),
  probe(
    'a damaged record was rebuilt',
    'replica/replica.ts',
    'this.#trees.mended(key, address, version.digest);',
  ),
  probe(
    'anti-entropy pulled objects',
    'repair/object-mover.ts',
    "const taken = batch.filter((_, i) => outcomes[i] === 'durable');",
  ),
  probe(
    'a snapshot was sent in pieces',
    'node/metadata-group/snapshot-streams.ts',
    'const last = chunk === chunkCount - 1;',
  ),
  probe(
    'a snapshot arrived whole',
    'node/metadata-group/group-server.ts',
    "runner.receive(from.member, { type: 'snapshot', term, meta });",
  ),
  probe(
    'a member made a snapshot',
    'node/metadata-group/snapshot-maker.ts',
    'await store.finishSnapshot(',
  ),
  probe(
    'a paxos round met a higher ballot',
    'paxos/rounds.ts',
    "super('a higher ballot was promised');",
  ),
  probe(
    'a change needed no prepare',
    'paxos/proposer.ts',
    'return { ...grant, isChosen: true, isCurrent: grant.asOf > since };',
  ),
  probe(
    'a refusal was confirmed by a read',
    'paxos/proposer.ts',
    'const found = await readRound(this.#ports, plan, roundDeadline);',
  ),
  probe(
    'a change was found done under its id',
    'paxos/judgement.ts',
    "if (isChosen)\n            return { type: 'answer', answer: recorded };",
  ),
  probe('a change could have been forgotten', 'paxos/judgement.ts', "return { type: 'unknown' };"),
  probe('a register was copied in a move', 'paxos/copied-register.ts', 'copied: true'),
  probe('a session was escalated', 'coordinator/escalation.ts', 'this.#timers.set(name,'),
  probe(
    'a command was tried at another leader',
    'node/metadata-group/command-client.ts',
    'inDoubt ||= leavesDoubt(error);',
  ),
  probe(
    'a leader handed over before its stop',
    'node/metadata-group/handing-over.ts',
    'await new Promise((resolve) => clock.setTimer(',
  ),
];

function probe(name: string, file: string, text: string): Probe {
  return { name, file, text };
}

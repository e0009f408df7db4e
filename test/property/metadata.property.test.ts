/**
 * Laws of the metadata group's state machine: the log alone decides the state; a snapshot in
 * between changes nothing; the choice of voters goes by safe steps and comes to an end.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCommand } from '../../src/metadata/command-codec.ts';
import { RevisionedStore } from '../../src/metadata/revisioned-store.ts';
import type { MetadataState } from '../../src/metadata/state.ts';
import { chooseConfiguration, voterTarget } from '../../src/metadata/voters.ts';
import { bytesOf, founded, restored } from '../unit/metadata/cluster.ts';
import { log, orNot } from './metadata-logs.ts';

function applyAll(state: MetadataState, entries: readonly (Uint8Array | undefined)[]) {
  return entries.map((data) => {
    const index = state.index + 1;
    return data === undefined ? state.skip(index) : state.apply(index, data);
  });
}

describe('the state machine', () => {
  test('two that are fed the same log are equal, reply by reply and byte by byte', () => {
    fc.assert(
      fc.property(log, (entries) => {
        const states = [founded(), founded()] as const;
        expect(applyAll(states[0], entries)).toEqual(applyAll(states[1], entries));
        expect(bytesOf(states[0])).toBe(bytesOf(states[1]));
      }),
    );
  });

  test('one that was restored from a snapshot in between goes on as if nothing was', () => {
    fc.assert(
      fc.property(log, fc.nat(), (entries, cut) => {
        const at = cut % entries.length;
        const straight = founded();
        applyAll(straight, entries.slice(0, at));
        const copy = restored(straight);
        const pending = straight.snapshot();
        const before = bytesOf(straight);
        const rest = entries.slice(at);
        expect(applyAll(copy, rest)).toEqual(applyAll(straight, rest));
        expect(bytesOf(copy)).toBe(bytesOf(straight));
        expect(Buffer.concat([...pending]).toString('base64')).toBe(before);
      }),
    );
  });

  test('a refusal changes nothing but the index', () => {
    fc.assert(
      fc.property(log, (entries) => {
        const state = founded();
        for (const data of entries) {
          if (data === undefined) continue;
          const skipped = restored(state);
          const reply = state.apply(state.index + 1, data);
          const { session, command: given } = decodeCommand(data);
          const isNamed = 'requestId' in given && given.requestId !== undefined;
          // What is named, and what is of a session, is remembered though it was refused.
          if (reply.ok || session !== undefined || isNamed) continue;
          skipped.skip(state.index);
          expect(bytesOf(state)).toBe(bytesOf(skipped));
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('the store agrees with a plain map, and a capture with the map of its moment', () => {
  const step = fc.record({
    bucketNumber: fc.integer({ min: 1, max: 2 }),
    key: fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 }),
    action: fc.constantFrom('put', 'put', 'delete', 'capture'),
  });
  const plain = (store: RevisionedStore) =>
    [...store.capture()].map(({ bucketNumber, key: at, revision }) => {
      return [`${bucketNumber} ${Buffer.from(at).toString('hex')}`, revision];
    });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const store = new RevisionedStore(0);
      const model = new Map<string, number>();
      const sorted = () => [...model].sort(([a], [b]) => (a < b ? -1 : 1));
      const captures: [() => unknown, unknown][] = [];
      for (const [at, { bucketNumber, key: name, action }] of steps.entries()) {
        const id = `${bucketNumber} ${Buffer.from(name).toString('hex')}`;
        const content = { value: name, contentType: '', meta: [], lease: undefined };
        if (action === 'put') {
          store.put(bucketNumber, name, content, at);
          model.set(id, at);
        } else if (action === 'delete') {
          expect(store.delete(bucketNumber, name, at)).toBe(model.delete(id));
        } else {
          const capture = store.capture();
          const read = () => [...capture].map(({ revision }) => revision);
          captures.push([read, sorted().map(([, revision]) => revision)]);
        }
      }
      expect(plain(store)).toEqual(sorted());
      for (const [read, expected] of captures) expect(read()).toEqual(expected);
    }),
  );
});

describe('the choice of voters', () => {
  const zone = orNot(fc.constantFrom('a', 'b', 'c'));
  const situation = fc
    .record({
      zones: fc.array(zone, { minLength: 1, maxLength: 8 }),
      voters: fc.uniqueArray(fc.integer({ min: 2, max: 9 }), { maxLength: 5 }),
      silent: fc.array(fc.constantFrom(0, 9_999, 10_000, 50_000), { minLength: 9, maxLength: 9 }),
      behind: fc.uniqueArray(fc.integer({ min: 2, max: 9 }), { maxLength: 3 }),
    })
    .map(({ zones, voters, silent, behind }) => {
      const nodes = zones.map((of, at) => ({ nodeNo: at + 1, zone: of }));
      const numbers = nodes.map(({ nodeNo }) => nodeNo);
      const silentMs = new Map(silent.map((ms, at) => [at + 1, ms]));
      const caughtUp = new Set(numbers.filter((nodeNo) => !behind.includes(nodeNo)));
      return { nodes, voters: [1, ...voters], leader: 1, silentMs, caughtUp };
    });
  const isLive = (silentMs: ReadonlyMap<number, number>, nodeNo: number) =>
    nodeNo === 1 || (silentMs.get(nodeNo) ?? 0) < 10_000;

  test('is one safe step', () => {
    fc.assert(
      fc.property(situation, (request) => {
        const { nodes, voters: old, silentMs, caughtUp } = request;
        const { voters, learners } = chooseConfiguration(request);
        const numbers = new Set(nodes.map(({ nodeNo }) => nodeNo));
        const added = voters.filter((nodeNo) => !old.includes(nodeNo));
        const removed = old.filter((nodeNo) => !voters.includes(nodeNo));
        expect(added.length).toBeLessThanOrEqual(1);
        expect(removed.length).toBeLessThanOrEqual(1);
        expect(voters).toContain(1);
        expect(new Set(voters).size).toBe(voters.length);
        for (const nodeNo of added) {
          expect(numbers.has(nodeNo) && caughtUp.has(nodeNo)).toBe(true);
          expect(isLive(silentMs, nodeNo)).toBe(true);
        }
        const target = voterTarget(nodes.length);
        for (const nodeNo of removed) {
          const isGone = !numbers.has(nodeNo) || !isLive(silentMs, nodeNo);
          expect(old.length > target || (isGone && added.length === 1)).toBe(true);
        }
        const others = nodes.map(({ nodeNo }) => nodeNo).filter((no) => !voters.includes(no));
        expect(learners).toEqual(others);
        const inOrder = { ...request, nodes: nodes.toReversed(), voters: old.toReversed() };
        expect(chooseConfiguration(inOrder)).toEqual({ voters, learners });
      }),
      { numRuns: 1_000 },
    );
  });

  test('comes to an end: everybody live and caught up, to the target, by odd numbers', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const numbers = given.nodes.map(({ nodeNo }) => nodeNo);
        const silentMs = new Map(numbers.map((nodeNo) => [nodeNo, 0]));
        let request = { ...given, silentMs, caughtUp: new Set(numbers) };
        for (let steps = 0; ; steps++) {
          expect(steps).toBeLessThan(20);
          const { voters } = chooseConfiguration(request);
          if (voters.every((nodeNo) => request.voters.includes(nodeNo))) {
            if (voters.length === request.voters.length) break;
          }
          request = { ...request, voters: [...voters] };
        }
        expect(request.voters).toHaveLength(voterTarget(numbers.length));
        expect(request.voters.every((nodeNo) => numbers.includes(nodeNo))).toBe(true);
        if (numbers.length !== 2) expect(request.voters.length % 2).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});

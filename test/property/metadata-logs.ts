/** Logs of the metadata group as tests feed them to its state machine. */

import fc from 'fast-check';
import { LATEST_VERSION } from '../../src/metadata/cluster-version.ts';
import type { Command, Envelope } from '../../src/metadata/command.ts';
import { encodeCommand } from '../../src/metadata/command-codec.ts';
import { drawing } from '../../src/metadata/drawing.ts';
import { address, bytes, requestId, seed, seeds } from '../unit/metadata/cluster.ts';

const small = fc.nat({ max: 5 });
const key = fc.constantFrom('a', 'b', 'a/1', 'a/2', 'ÿ').map(bytes);
const level = fc.constantFrom<number | 'one' | 'all'>(0, 1, 2, 4, 'one', 'all');
export const orNot = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const revisions = fc.oneof(fc.constant('any' as const), fc.array(fc.integer({ min: 1, max: 60 })));
const condition = fc.oneof(
  { weight: 3, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: revisions.map((ifMatch) => ({ ifMatch })) },
  { weight: 1, arbitrary: revisions.map((ifNoneMatch) => ({ ifNoneMatch })) },
);
const bucketNumber = fc.constantFrom(1, 1, 2, 2, 3);
/** Few, so that some are given again. */
const givenId = orNot(fc.nat({ max: 8 }).map((time) => requestId(time)));
/** Also what was never granted; the log begins at 7. */
const leaseId = fc.integer({ min: 7, max: 25 });

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ no: small, zone: orNot(fc.constantFrom('a', 'b')) }).map(({ no, zone }) => {
    return { type: 'admit_node' as const, ...seed(no + 1, zone) };
  }),
  fc
    .record({
      no: small,
      bootNumber: small,
      life: small,
      since: fc.array(small),
      at: small,
      version: fc.constantFrom(LATEST_VERSION - 1, LATEST_VERSION, LATEST_VERSION + 1),
    })
    .map(({ no, at, ...start }) => {
      const nodeNo = no + 1;
      const directoryId = `directory-${nodeNo}`;
      const place = address(at === 0 ? nodeNo + 10 : nodeNo);
      const named = { nodeNo, directoryId, address: place };
      return { type: 'register_start' as const, ...named, ...start };
    }),
  fc.integer({ min: 1, max: 4 }).map((count) => {
    return drawing({ nodes: seeds(count), partitionCount: 8, replicationFactor: 3 });
  }),
  fc.record({
    type: fc.constant('put_bucket' as const),
    name: fc.constantFrom('x', 'y', 'z'),
    settings: fc.record({
      n: orNot(small),
      r: orNot(level),
      w: orNot(level),
      mode: orNot(fc.constantFrom('dynamo' as const, 'raft' as const)),
    }),
    createOnly: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('put_bucket' as const),
    name: fc.constantFrom('x', 'y', 'z'),
    settings: fc.constant({ mode: 'raft' as const }),
    createOnly: fc.constant(true),
  }),
  fc.record({
    type: fc.constant('delete_bucket' as const),
    name: fc.constantFrom('x', 'y', 'z'),
  }),
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('put_value' as const),
      bucketNumber,
      key,
      value: fc.uint8Array({ maxLength: 5 }),
      contentType: fc.constantFrom('', 'text/plain'),
      meta: fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 2 }),
      condition,
      lease: fc.option(leaseId, { nil: undefined, freq: 2 }),
      requestId: givenId,
    }),
  },
  fc.record({
    type: fc.constant('delete_value' as const),
    bucketNumber,
    key,
    condition,
    requestId: givenId,
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('update_value' as const),
      bucketNumber,
      key,
      update: fc.oneof(
        fc.maxSafeInteger().map((by) => ({ type: 'increment' as const, by })),
        fc.record({
          type: fc.constant('append' as const),
          bytes: fc.constantFrom('1', '-', '00').map(bytes),
          contentType: fc.constantFrom('', 'text/plain'),
        }),
      ),
      condition,
      requestId: givenId,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('grant_lease' as const),
      ttlMs: fc.constantFrom(1, 1_000, 5_000),
    }),
  },
  fc.record({ type: fc.constant('renew_lease' as const), id: leaseId }),
  fc.record({ type: fc.constant('revoke_lease' as const), id: leaseId }),
  fc.record({
    type: fc.constant('expire_leases' as const),
    leases: fc.array(fc.record({ id: leaseId, renewedAt: leaseId }), { maxLength: 3 }),
  }),
);

/** Mostly the present session of a node; sequences come in any order and more than once. */
const session = fc.record({
  nodeNo: fc.integer({ min: 1, max: 3 }),
  life: fc.constantFrom(1, 1, 1, 1, 2),
  sequence: fc.nat({ max: 40 }),
  answeredBelow: fc.constantFrom(0, 0, 0, 1, 5),
});
export const envelope: fc.Arbitrary<Envelope> = fc.oneof(
  fc.record({ session, command }),
  fc.record({ command }),
);
/** Sessions and two raft buckets to begin with; an entry without a command now and then. */
const prelude = [
  ...[1, 2, 3].map((nodeNo): Command => {
    const directoryId = `directory-${nodeNo}`;
    const at = address(nodeNo);
    return {
      type: 'register_start',
      nodeNo,
      directoryId,
      bootNumber: 1,
      since: [],
      version: LATEST_VERSION,
      life: 1,
      address: at,
    };
  }),
  ...['x', 'y'].map((name): Command => {
    return { type: 'put_bucket', name, settings: { mode: 'raft' }, createOnly: true };
  }),
].map((given) => encodeCommand({ command: given }));
export const log = fc
  .array(fc.option(envelope.map(encodeCommand), { nil: undefined, freq: 20 }), {
    minLength: 30,
    maxLength: 120,
  })
  .map((entries) => [...prelude, ...entries]);

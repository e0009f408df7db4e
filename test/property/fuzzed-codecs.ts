/**
 * Every binary form that lies on a disk or crosses between nodes, with what it may refuse by:
 * for the laws of codecs, which hold for all of them.
 */

import fc from 'fast-check';
import { CONTEXT_DOTS_MAX, type Context } from '../../src/causality/context.ts';
import { decodeContext, encodeContext } from '../../src/causality/context-codec.ts';
import { decodeObject, encodeObject } from '../../src/causality/object-codec.ts';
import type { SessionEntry, SessionToken } from '../../src/causality/session-token.ts';
import {
  decodeCarried,
  decodeSession,
  encodeCarried,
  encodeSession,
} from '../../src/causality/session-token-codec.ts';
import type { SiblingObject } from '../../src/causality/sibling-object.ts';
import { compareActors, compareDots, type Dot } from '../../src/causality/version-vector.ts';
import { DecodeError, fromBase64Url, toBase64Url } from '../../src/kernel/bytes.ts';
import { QuorateError, StoreError } from '../../src/kernel/errors.ts';
import { hash64 } from '../../src/kernel/hash.ts';
import { decodeSalvageBatch, encodeSalvageBatch } from '../../src/kernel/salvage-batch.ts';
import { HashTree } from '../../src/merkle/hash-tree.ts';
import { decodeItems, encodeItems } from '../../src/merkle/leaf-items.ts';
import { decodeTree, encodeTree } from '../../src/merkle/tree-codec.ts';
import {
  decodeCommand,
  encodeCommand,
  UnknownCommandError,
} from '../../src/metadata/command-codec.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/metadata/snapshot-codec.ts';
import {
  decodeChunk,
  decodeEntry,
  decodeHardState,
  decodeSnapshot as decodeSnapshotFacts,
  encodeChunk,
  encodeEntry,
  encodeHardState,
  encodeSnapshot as encodeSnapshotFacts,
} from '../../src/node/metadata-group/raft-codec.ts';
import { decodeAcceptorRecord, encodeAcceptorRecord } from '../../src/paxos/acceptor-record.ts';
import { compareBallots } from '../../src/paxos/ballot.ts';
import { CHANGES_MAX, type Register } from '../../src/paxos/register.ts';
import { decodeRegister, encodeRegister } from '../../src/paxos/register-codec.ts';
import { ChunkWriter, readChunk } from '../../src/repair/transfer/chunk-codec.ts';
import { decodeHint, encodeHint, storedAtOf } from '../../src/replica/hint-record.ts';
import { decodeRecord, encodeRecord, encodeVersion } from '../../src/replica/record-codec.ts';
import { Log } from '../unit/metadata/cluster.ts';
import { envelope } from './metadata-logs.ts';
import { commandOf, entriesOf, start, steps } from './ring-steps.ts';

/** A binary form, with values it may have; each law draws the bytes of one value. */
export interface FuzzedCodec {
  readonly name: string;
  readonly valid: fc.Arbitrary<Uint8Array>;
  /** Reads and writes again. */
  readonly recode: (bytes: Uint8Array) => Uint8Array;
  /** What it throws at bytes that are none of its own; nothing else. */
  readonly refusals: readonly (new (
    ...given: never[]
  ) => Error)[];
  /** Makes the checksums right, so that what is behind them is reached. */
  readonly sealed?: (bytes: Buffer) => Uint8Array;
}

const natural = fc.oneof(fc.nat(300), fc.nat(Number.MAX_SAFE_INTEGER));
const u48 = fc.nat(2 ** 48 - 1);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const blob = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const meta = fc.array(fc.tuple(text, text), { maxLength: 3 });
const orNot = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const actors = fc.uniqueArray(fc.record({ lineage: u48, actorEpoch: natural }), {
  maxLength: 4,
  selector: ({ lineage, actorEpoch }) => `${lineage} ${actorEpoch}`,
});
const counter = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const vector = actors.chain((all) =>
  fc
    .tuple(...all.map((actor) => counter.map((at) => ({ ...actor, counter: at }))))
    .map((dots) => dots.sort(compareActors)),
);
const dots = fc
  .uniqueArray(fc.record({ lineage: u48, actorEpoch: natural, counter }), {
    maxLength: CONTEXT_DOTS_MAX,
    selector: (dot) => JSON.stringify(dot),
  })
  .map((all) => all.sort(compareDots));
const context: fc.Arbitrary<Context> = fc.record({ clock: vector, dots, reap: natural });

const content = fc.record({
  value: blob,
  contentType: text,
  meta,
  expiresAt: orNot(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
});
const object: fc.Arbitrary<SiblingObject> = vector.chain((clock) => {
  const siblingOf = (dot: Dot) =>
    fc
      .record({
        content,
        hlc: natural,
        carried: orNot(fc.uint8Array({ minLength: 1, maxLength: 9 })),
        below: fc.nat(3),
        there: fc.boolean(),
      })
      .map(({ content: given, hlc, carried, below, there }) => {
        const at = Math.max(1, dot.counter - below);
        return { there, sibling: { ...given, hlc, carried, dot: { ...dot, counter: at } } };
      });
  return fc.tuple(...clock.map(siblingOf)).map((drawn) => ({
    clock,
    siblings: drawn.filter(({ there }) => there).map(({ sibling }) => sibling),
  }));
});

const sessionEntry: fc.Arbitrary<SessionEntry> = fc.record({
  bucketNumber: natural,
  keyHash: u64,
  context,
  absent: fc.boolean(),
  readsOnly: fc.boolean(),
});
const session: fc.Arbitrary<SessionToken> = fc.record({
  entries: fc.array(sessionEntry, { maxLength: 4 }),
  dropped: natural,
  truncated: fc.boolean(),
});

const ballot = fc.record({ epoch: natural, counter: natural, nodeNo: natural, boot: natural });
const requestId = fc.uint8Array({ minLength: 16, maxLength: 16 });
const recordedChange = fc
  .record({
    id: requestId,
    given: fc.boolean(),
    at: ballot,
    outcome: fc.constantFrom('applied', 'condition_failed', 'not_found', 'out_of_range'),
    version: ballot,
    result: orNot(fc.maxSafeInteger()),
    digest: u48,
  })
  .map((one) => (one.given ? one : { ...one, digest: undefined }));
const register: fc.Arbitrary<Register> = fc.record({
  version: ballot,
  evicted: ballot,
  evictedAt: natural,
  changes: fc.array(recordedChange, { maxLength: Math.min(4, CHANGES_MAX) }),
  content: orNot(fc.tuple(content, orNot(blob)).map(([given, carried]) => ({ ...given, carried }))),
});

const members = fc.array(natural, { maxLength: 4 });
const configuration = fc.record({ voters: members, outgoing: members, learners: members });
const position = { index: natural, term: natural };
const entry = fc.oneof(
  fc.record({ type: fc.constant('command' as const), ...position, data: blob }),
  fc.record({ type: fc.constant('configuration' as const), ...position, configuration }),
  fc.record({ type: fc.constant('empty' as const), ...position }),
);

const command = envelope.map(encodeCommand);
/** Of rings that change, at the moment at which each is asked for. */
const ringCommand = fc.tuple(steps, fc.nat()).map(([taken, which]) => {
  const commands = entriesOf(taken);
  return commands[which % commands.length] as Uint8Array;
});

const snapshot = steps.map((taken) => {
  const log = new Log(start());
  const bucket = log.raftBucket();
  log.put(bucket, 'k', 'value', { requestId: Buffer.alloc(16, 9), lease: log.lease() });
  for (const step of taken) {
    const asked = commandOf(step, log);
    if (asked !== undefined) log.entry(encodeCommand({ command: asked }));
  }
  return Buffer.concat([...log.state.snapshot()]);
});

const CLUSTER = 0x0123_4567_89ab_cdefn;
const seal = (bytes: Uint8Array) => hash64(bytes);
const contextScope = { cluster: CLUSTER, keyHash: 7n, seal };
const sessionScope = { cluster: CLUSTER, seal };

/** Checksum first, over all that follows. */
const sealedInFront = (bytes: Buffer) => {
  if (bytes.length >= 8) bytes.writeBigUInt64BE(hash64(bytes.subarray(8)), 0);
  return bytes;
};
/** Checksum last, over all that comes before. */
const sealedBehind = (bytes: Buffer) => {
  if (bytes.length >= 8) bytes.writeBigUInt64BE(hash64(bytes.subarray(0, -8)), bytes.length - 8);
  return bytes;
};

const TREE_DEPTH = 1;
const tree = fc.array(fc.tuple(u64, u64), { maxLength: 20 }).map((items) => {
  const made = new HashTree(TREE_DEPTH);
  for (const [key, digest] of items) made.update(key, undefined, digest);
  return encodeTree(made);
});

const chunk = fc.array(fc.tuple(blob, blob), { maxLength: 5 }).map(chunkOf);

function chunkOf(records: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  const writer = new ChunkWriter();
  for (const [storedKey, encoded] of records) writer.add(storedKey, encoded);
  return writer.finish();
}

const salvage = fc
  .record({
    node: fc.record({ clusterId: text, nodeNo: natural, name: text, directoryId: text }),
    dryRun: fc.boolean(),
    objects: fc.array(
      fc.record({
        partition: natural,
        bucketNumber: natural,
        reap: natural,
        key: blob,
        object: blob,
      }),
      { maxLength: 4 },
    ),
  })
  .map(encodeSalvageBatch);

const acceptorRecord = fc
  .tuple(ballot, ballot, fc.boolean(), register)
  .map(([a, b, copied, held]) => {
    const [accepted, promised] = compareBallots(a, b) < 0 ? [a, b] : [b, a];
    return encodeAcceptorRecord({ promised, accepted, copied, register: encodeRegister(held) });
  });

const storedRecord = fc
  .tuple(object, orNot(fc.record({ lineage: u48, actorEpoch: natural, counter })))
  .map(([held, self]) => encodeRecord(encodeVersion(held), self));

/** The object within a stored record; what it is tied to by goes with it. */
function recoded(record: Uint8Array): Uint8Array {
  const { object: held, self } = decodeRecord(record);
  return encodeRecord(encodeVersion(held), self);
}

export const FUZZED_CODECS: readonly FuzzedCodec[] = [
  {
    name: 'object',
    valid: object.map(encodeObject),
    recode: (bytes) => encodeObject(decodeObject(bytes)),
    refusals: [DecodeError],
    sealed: sealedInFront,
  },
  { name: 'stored record', valid: storedRecord, recode: recoded, refusals: [DecodeError] },
  {
    name: 'hint',
    valid: fc.tuple(u48, storedRecord).map(([at, record]) => encodeHint(at, record)),
    recode: (bytes) => {
      const { object: held, self } = decodeHint(bytes);
      return encodeHint(storedAtOf(bytes), encodeRecord(encodeVersion(held), self));
    },
    refusals: [DecodeError],
  },
  {
    name: 'context token',
    valid: context.map((held) => fromBase64Url(encodeContext(held, contextScope))),
    recode: (bytes) =>
      fromBase64Url(encodeContext(decodeContext(toBase64Url(bytes), contextScope), contextScope)),
    refusals: [QuorateError],
    sealed: sealedBehind,
  },
  {
    name: 'session token',
    valid: session.map((held) => fromBase64Url(encodeSession(held, sessionScope))),
    recode: (bytes) =>
      fromBase64Url(encodeSession(decodeSession(toBase64Url(bytes), sessionScope), sessionScope)),
    refusals: [QuorateError],
    sealed: sealedBehind,
  },
  {
    name: 'what a value carries of a session',
    valid: session.map(encodeCarried),
    recode: (bytes) => encodeCarried(decodeCarried(bytes)),
    refusals: [DecodeError],
  },
  {
    name: 'register',
    valid: register.map(encodeRegister),
    recode: (bytes) => encodeRegister(decodeRegister(bytes)),
    refusals: [DecodeError],
  },
  {
    name: 'record of an acceptor',
    valid: acceptorRecord,
    recode: (bytes) => encodeAcceptorRecord(decodeAcceptorRecord(bytes)),
    refusals: [DecodeError],
    sealed: sealedInFront,
  },
  {
    name: 'tree',
    valid: tree,
    recode: (bytes) => encodeTree(decodeTree(bytes, TREE_DEPTH)),
    refusals: [DecodeError],
    sealed: sealedInFront,
  },
  {
    name: 'list of leaf items',
    valid: fc.array(fc.record({ keyHash: u64, digest: u64 })).map(encodeItems),
    recode: (bytes) => encodeItems(decodeItems(bytes)),
    refusals: [DecodeError],
  },
  {
    name: 'chunk of a transfer',
    valid: chunk,
    recode: (bytes) =>
      chunkOf(readChunk(bytes).map(({ storedKey, encoded }) => [storedKey, encoded])),
    refusals: [QuorateError],
  },
  {
    name: 'batch of a salvage',
    valid: salvage,
    recode: (bytes) => encodeSalvageBatch(decodeSalvageBatch(bytes)),
    refusals: [DecodeError],
  },
  {
    name: 'entry of the log',
    valid: entry.map(encodeEntry),
    recode: (bytes) => encodeEntry(decodeEntry(bytes, indexOf(bytes))),
    refusals: [StoreError],
    sealed: sealedBehind,
  },
  {
    name: 'hard state',
    valid: fc.record({ term: natural, vote: natural, commit: natural }).map(encodeHardState),
    recode: (bytes) => encodeHardState(decodeHardState(bytes)),
    refusals: [StoreError],
    sealed: sealedBehind,
  },
  {
    name: 'facts of a snapshot',
    valid: fc.record({ ...position, configuration, chunkCount: natural }).map(encodeSnapshotFacts),
    recode: (bytes) => encodeSnapshotFacts(decodeSnapshotFacts(bytes)),
    refusals: [StoreError],
    sealed: sealedBehind,
  },
  {
    name: 'chunk of a snapshot',
    valid: blob.map(encodeChunk),
    recode: (bytes) => encodeChunk(decodeChunk(bytes, 'a chunk')),
    refusals: [StoreError],
    sealed: sealedBehind,
  },
  {
    name: 'command',
    valid: fc.oneof(command, ringCommand),
    recode: (bytes) => encodeCommand(decodeCommand(bytes)),
    refusals: [DecodeError, UnknownCommandError],
  },
  {
    name: 'snapshot',
    valid: snapshot,
    recode: (bytes) => Buffer.concat([...encodeSnapshot(decodeSnapshot(bytes))]),
    refusals: [DecodeError],
  },
];

/** The index that a mutated entry may have come to say, so that it is not refused for that. */
function indexOf(entryBytes: Uint8Array): number {
  let index = 0;
  for (let at = 2, scale = 1; at < entryBytes.length && at < 10; at++, scale *= 128) {
    const byte = entryBytes[at] as number;
    index += (byte % 128) * scale;
    if (byte < 128) break;
  }
  return index;
}

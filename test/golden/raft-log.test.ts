/** What a member of the metadata group keeps on disk, and where. */

import { utf8 } from '../../src/kernel/bytes.ts';
import type { GroupIdentity } from '../../src/node/metadata-group/group-identity.ts';
import {
  decodeChunk,
  decodeEntry,
  decodeHardState,
  decodeSnapshot,
  encodeChunk,
  encodeEntry,
  encodeHardState,
  encodeSnapshot,
} from '../../src/node/metadata-group/raft-codec.ts';
import { RaftStore } from '../../src/node/metadata-group/raft-store.ts';
import type { Entry } from '../../src/raft/entry.ts';
import { describeGolden, formsOf } from './golden-forms.ts';
import { leftBy, storeWith } from './stored-keys.ts';

const INDEX = 300;
const position = { index: INDEX, term: 2 ** 40 };
const configuration = { voters: [1, 2, 300], outgoing: [1, 4], learners: [5] };

const identity: GroupIdentity = {
  clusterId: '0123456789abcdef',
  nodeNo: 2,
  name: 'n2',
  directoryId: 'fedcba9876543210',
  peers: [{ name: 'n1', host: '127.0.0.1', port: 9_101 }],
  recoveries: [{ former: '00000000000000ff', last: { index: 9, term: 3 } }],
};
const meta = { index: 1, term: 1, configuration };
const entries: readonly Entry[] = [
  { type: 'empty', index: 2, term: 2 },
  { type: 'command', index: 3, term: 2, data: utf8('command') },
];
const hardState = { term: 2, vote: 300, commit: 3 };
const life = { bootNumber: 300, life: 2 ** 48 - 1 };

describeGolden('v0.1.0', 'raft-log', [
  ...formsOf<Entry>(
    { encode: encodeEntry, decode: (bytes) => decodeEntry(bytes, INDEX) },
    {
      'command entry': { type: 'command', ...position, data: utf8('command') },
      'configuration entry': { type: 'configuration', ...position, configuration },
      'empty entry': { type: 'empty', ...position },
    },
  ),
  ...formsOf({ encode: encodeHardState, decode: decodeHardState }, { 'hard state': hardState }),
  ...formsOf(
    { encode: encodeSnapshot, decode: decodeSnapshot },
    { 'facts of a snapshot': { ...position, configuration, chunkCount: 3 } },
  ),
  ...formsOf(
    { encode: encodeChunk, decode: (bytes) => decodeChunk(bytes, 'a chunk') },
    { 'chunk of a snapshot': utf8('chunk') },
  ),
  {
    name: 'store of a member',
    value: {
      identity,
      recovered: { hardState, snapshot: { ...meta, chunkCount: 1 }, entries },
      chunks: [utf8('chunk')],
      lives: [[300, life]],
    },
    encode: () =>
      leftBy(async (store) => {
        const raftStore = new RaftStore(store);
        await raftStore.found(identity, meta, [utf8('chunk')]);
        raftStore.recover();
        await raftStore.persist({ hardState, snapshot: undefined, entries });
        await raftStore.rememberLife(300, life);
      }),
    decode(bytes) {
      const raftStore = new RaftStore(storeWith(bytes));
      const recovered = raftStore.recover();
      return {
        identity: raftStore.identity(),
        recovered,
        chunks: [...raftStore.chunks(raftStore.snapshot)],
        lives: raftStore.lives(),
      };
    },
  },
]);

/** What replicas ask each other so as to agree, to reap, and while partitions move. */

import { utf8 } from '../../src/kernel/bytes.ts';
import {
  ASK_TO_COMPARE,
  COMPARE_ROOTS,
  LIST_LEAVES,
  PULL_OBJECTS,
  WALK_TREE,
} from '../../src/repair/exchange-messages.ts';
import {
  REAP_ADOPT,
  REAP_AGREE,
  REAP_END,
  REAP_HELD,
  REAP_MARK,
  REAP_REMOVE,
} from '../../src/repair/reap-messages.ts';
import {
  REGISTERS_AGREE,
  REGISTERS_ERASE,
  REGISTERS_LEFT,
  type RegisterBatch,
} from '../../src/repair/register-messages.ts';
import { PARTITION_SIZES } from '../../src/repair/transfer/partition-sizes.ts';
import {
  COPY_CHUNK,
  COPY_PARTITION,
  FENCE_PARTITIONS,
  LEAVE_PARTITION,
  PREPARE_PARTITIONS,
  type TransferProgress,
} from '../../src/repair/transfer/transfer-messages.ts';
import { describeGolden } from './golden-forms.ts';
import { asked, replied } from './said.ts';

const key = Uint8Array.of(0, 255);
const epoch = 2 ** 33;
const tree = { partition: 258, epoch, n: 3 };
const span = { after: key, last: null };
const part = { level: 1, nodes: [0, 7], hashes: Buffer.alloc(128, 5) };

const items = [[300, key, 2n ** 64n - 1n]] as const;
const reap = 70_000;

const moving = { partition: 258, epoch, session: 7 };
const progress: TransferProgress = {
  state: 'running',
  keys: 5,
  bytes: 2 ** 33,
  of: null,
  detail: 'n3 does not answer',
};

const registers: RegisterBatch = {
  partition: 258,
  epoch,
  items: [[300, key, [epoch, 70_000, 2, 9]]],
};

describeGolden('v0.1.0', 'repair-messages', [
  asked(COMPARE_ROOTS, [[258, epoch, 3, 2n ** 64n - 1n]]),
  replied(COMPARE_ROOTS, ['equal', 'differs', 'building', 'stale_epoch']),
  asked(WALK_TREE, { tree, part }),
  replied(WALK_TREE, { type: 'equal' }, ' as equal'),
  replied(WALK_TREE, { type: 'part', part }, ' with a part'),
  replied(WALK_TREE, { type: 'leaves', leaves: [1, 300] }, ' with leaves'),
  asked(LIST_LEAVES, { tree, bucketNumber: null, leaves: [1, 300], span }),
  replied(LIST_LEAVES, { items: utf8('items'), reached: key }),
  asked(PULL_OBJECTS, { tree, keyHashes: [2n ** 64n - 1n], span }),
  replied(PULL_OBJECTS, {
    objects: [[258, 300, key, epoch, reap, utf8('object')]],
    reached: null,
  }),
  asked(ASK_TO_COMPARE, null),
  asked(REAP_HELD, [3, 258]),
  replied(REAP_HELD, [258]),
  asked(REAP_AGREE, { tree, items }),
  replied(REAP_AGREE, [true, false]),
  asked(REAP_ADOPT, { reap, partitions: [3, 258] }),
  replied(REAP_ADOPT, []),
  asked(REAP_MARK, { tree, items, reap }),
  replied(REAP_MARK, [true]),
  asked(REAP_REMOVE, { tree, items, reap, members: ['n1', 'n2'] }),
  replied(REAP_REMOVE, 1),
  asked(REAP_END, { partition: 258, reap, completed: true }),
  replied(REAP_END, true),
  asked(REGISTERS_AGREE, registers),
  replied(REGISTERS_AGREE, [true, false]),
  asked(REGISTERS_LEFT, registers),
  replied(REGISTERS_LEFT, [false]),
  asked(REGISTERS_ERASE, registers),
  replied(REGISTERS_ERASE, 1),
  asked(PARTITION_SIZES, [3, 258]),
  replied(PARTITION_SIZES, [{ partition: 258, keys: 5, bytes: 2 ** 33 }]),
  asked(FENCE_PARTITIONS, [{ partition: 258, epoch }]),
  replied(FENCE_PARTITIONS, [true, 'stale_epoch']),
  asked(PREPARE_PARTITIONS, [moving]),
  replied(PREPARE_PARTITIONS, [true]),
  asked(COPY_PARTITION, { ...moving, sources: ['n1', 'n2'] }),
  replied(COPY_PARTITION, progress),
  asked(COPY_CHUNK, {
    ...moving,
    table: 'registers',
    after: key,
    known: { items: utf8('items'), last: null },
    count: true,
  }),
  replied(COPY_CHUNK, {
    records: utf8('records'),
    same: 5,
    damaged: [key],
    next: null,
    reap,
    of: 300,
  }),
  asked(LEAVE_PARTITION, moving),
  replied(LEAVE_PARTITION, { ...progress, state: 'done', of: 5, detail: null }),
]);

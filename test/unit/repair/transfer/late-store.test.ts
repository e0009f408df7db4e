import { beforeEach, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../../src/causality/context.ts';
import { utf8 } from '../../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../../src/kernel/errors.ts';
import { STORE_OBJECT, STORE_OBJECTS, storeRequest } from '../../../../src/replica/messages.ts';
import type { Ring } from '../../../../src/ring/ring.ts';
import { addressOf, MovingCluster } from './moving-cluster.ts';

const ABSENT = { object: { clock: [], siblings: [] }, self: undefined };
const CONTENT = { value: utf8('late'), contentType: '', meta: [] };

let cluster: MovingCluster;
let readNew: Ring;
let epoch: number;

/** n1 has given its place to n4, and lost its power: its disk has not heard of STABLE. */
beforeEach(async () => {
  cluster = new MovingCluster();
  const { n1, n2, n3, n4 } = cluster.nodes;
  cluster.begin(['n1', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'read_new');
  await n1.put('a');
  for (const other of [n2, n3, n4]) await other.takeFrom(n1, 'a');
  readNew = cluster.ring;
  epoch = cluster.epoch;
  cluster.stage('stable');
  await cluster.buildTrees('n1', 'n2', 'n3', 'n4');
  expect((await cluster.until(() => cluster.leave('n1'))).state).toBe('done');
  n1.crash();
  n1.heldBack = readNew;
  n1.counted = false;
  n1.start();
});

/** Of a coordinator that has not heard of STABLE either. */
function lateRequest() {
  const { n5 } = cluster.nodes;
  const address = { ...addressOf('late'), epoch };
  const state = n5.replica.mint(address, ABSENT, EMPTY_CONTEXT, CONTENT, 'siblings');
  return storeRequest(address, state);
}

it.each(['alone', 'in a batch'])(
  'a start that is not registered keeps nothing of a move that its view is behind: %s',
  async (how) => {
    const { n1 } = cluster.nodes;
    const outcome =
      how === 'alone'
        ? await cluster.ask('n1', STORE_OBJECT, lateRequest()).catch((error: unknown) => {
            if (error instanceof QuorateError) return error.code;
            throw error;
          })
        : (await cluster.ask('n1', STORE_OBJECTS, [lateRequest()]))[0];
    expect(outcome).toBe('not_ready');
    n1.heldBack = undefined;
    n1.counted = true;
    cluster.place(['n4', 'n2', 'n3']);
    expect(n1.keys()).toEqual([]);
  },
);

it('once it is registered it takes what its place in the move asks for', async () => {
  const { n1 } = cluster.nodes;
  n1.counted = true;
  expect(await cluster.ask('n1', STORE_OBJECT, lateRequest())).toBe(true);
  expect(n1.keys()).toEqual(['late']);
});

/** `/cluster/salvage` of a cluster in which nobody is dead. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { OFFER_BATCH_BYTES } from '../../../src/kernel/offer.ts';
import {
  encodeSalvageBatch,
  type SalvagedNode,
  type SalvagedObject,
} from '../../../src/kernel/salvage-batch.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;
/** Its own directory: it lives. */
let own: SalvagedNode;

beforeAll(async () => {
  node = await startHttpNode({});
  own = { clusterId: node.node.clusterId, nodeNo: 1, name: 'n1', directoryId: 'd1' };
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

async function offer(who: Partial<SalvagedNode>, objects: readonly SalvagedObject[] = []) {
  const body = encodeSalvageBatch({ node: { ...own, ...who }, dryRun: true, objects });
  const answer = await send(node, 'POST', '/cluster/salvage', { body: Buffer.from(body) });
  return [answer.status, jsonOf(answer)] as const;
}

describe('POST /cluster/salvage', () => {
  it.each([
    [{ clusterId: 'fedcba9876543210' }, 'not_a_member', 'of cluster fedcba9876543210'],
    [{ nodeNo: 2 }, 'not_a_member', 'not that of node 2'],
    [{ name: 'n2' }, 'not_a_member', 'not that of node 1'],
    [{ directoryId: 'd2' }, 'not_a_member', 'not that of node 1'],
    [{}, 'salvage_refused', 'n1 was not declared dead'],
  ])(
    'takes nothing from a directory that is not a dead node of this cluster: %o',
    async (who, code, detail) => {
      const [status, problem] = await offer(who);
      expect(status).toBe(409);
      expect(problem).toMatchObject({ code, detail: expect.stringContaining(detail) });
    },
  );

  it('reads a batch of one object that is far above its size', async () => {
    const place = { partition: 0, bucketNumber: 1, reap: 0, key: utf8('k') };
    const object = new Uint8Array(66 * OFFER_BATCH_BYTES);
    const [status, problem] = await offer({}, [{ ...place, object }]);
    expect([status, problem]).toMatchObject([409, { code: 'salvage_refused' }]);
  });

  it('refuses what is no batch, and parameters that there are not', async () => {
    const answer = await send(node, 'POST', '/cluster/salvage', { body: '{}' });
    expect([answer.status, jsonOf(answer)]).toMatchObject([400, { code: 'bad_request' }]);
    const other = await send(node, 'POST', '/cluster/salvage?force=true', { body: '' });
    expect([other.status, jsonOf(other)]).toMatchObject([400, { parameter: 'force' }]);
    expect((await send(node, 'GET', '/cluster/salvage', {})).status).toBe(405);
  });
});

describe('POST /cluster/salvage/close', () => {
  it.each([
    ['{"node": "n1"}', 409, 'salvage_refused'],
    ['{"node": "n9"}', 409, 'not_a_member'],
    ['{"node": 9}', 400, 'bad_parameter'],
    ['{}', 400, 'bad_parameter'],
    ['{"node": "n1", "force": true}', 400, 'bad_parameter'],
  ])('is refused for %s', async (body, status, code) => {
    const answer = await send(node, 'POST', '/cluster/salvage/close', { body });
    expect([answer.status, jsonOf(answer)]).toMatchObject([status, { code }]);
  });
});

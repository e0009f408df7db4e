/** Changes of the ring over HTTP: what is answered, and what is refused with which text. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({});
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

afterEach(async () => {
  await send(node, 'DELETE', '/cluster/plan');
});

async function ask(method: string, target: string, document?: unknown) {
  const body = document === undefined ? undefined : JSON.stringify(document);
  const answer = await send(node, method, target, body === undefined ? {} : { body });
  return { status: answer.status, ...jsonOf(answer) };
}

const stage = (change: unknown) => ask('POST', '/cluster/plan', change);

const WEIGHT = { change: 'weight', node: 'n1', weight: 3 };

describe('/cluster/plan', () => {
  it('GET: nothing is staged and nothing under way', async () => {
    expect(await ask('GET', '/cluster/plan')).toEqual({
      status: 200,
      node: 'n1',
      epoch: expect.any(Number),
      done: null,
      staged: [],
      plan: null,
      movesLeft: null,
      notes: [],
    });
  });

  it('POST: 202 with all that is staged and what it would do', async () => {
    const answer = await stage(WEIGHT);
    expect(answer).toMatchObject({ status: 202, staged: [WEIGHT], movesLeft: null });
    expect(answer.plan).toEqual({
      replicationFactor: 3,
      nodes: [
        {
          node: 'n1',
          status: 'member',
          zone: null,
          weight: 3,
          placesBefore: 8,
          placesAfter: 8,
          share: 8,
          gained: [],
          lost: [],
          bytesGained: expect.toBeOneOf([0, null]),
        },
      ],
      underWay: 0,
      moves: 0,
      movedPlaces: 0,
      movedPlacesLeast: 0,
      bytesToMove: expect.toBeOneOf([0, null]),
      before: { zonesViolated: [], farthestFromShare: 0 },
      after: { zonesViolated: [], farthestFromShare: 0 },
      warnings: expect.any(Array),
    });
    expect(await ask('GET', '/cluster/plan')).toEqual({ ...answer, status: 200 });
  });

  it.each([
    [WEIGHT],
    [{ change: 'zone', node: 'n1', zone: 'east' }],
    [{ change: 'zone', node: 'n1', zone: null }],
    [{ change: 'replication_factor', replicationFactor: 5 }],
    [{ change: 'leave', node: 'n1' }],
  ])('POST takes %o and shows it as it was sent', async (change) => {
    expect(await stage(change)).toMatchObject({ status: 202, staged: [change] });
  });

  it('DELETE takes all back', async () => {
    await stage(WEIGHT);
    expect(await ask('DELETE', '/cluster/plan')).toMatchObject({
      status: 200,
      staged: [],
      plan: null,
    });
  });
});

const EXAMPLE = 'send {"change": "leave", "node": "n2"}';
const KINDS = 'join, leave, replace, remove, zone, weight, replication_factor';
const NAME = 'must be a name of 1 to 63 letters, digits, dots, dashes or underscores';

describe('POST /cluster/plan refuses', () => {
  it.each([
    [{}, `"change" must be one of ${KINDS}: ${EXAMPLE}`],
    [{ change: 'grow' }, `"change" must be one of ${KINDS}: ${EXAMPLE}`],
    [{ change: 'join' }, `"node" ${NAME}`],
    [{ change: 'leave', node: 'a b' }, `"node" ${NAME}`],
    [{ change: 'leave', node: 7 }, `"node" ${NAME}`],
    [
      { change: 'leave', node: 'n1', force: true },
      '"force" is not a field of this request: use node',
    ],
    [
      { change: 'remove', node: 'n1', by: 'n2' },
      '"by" is not a field of this request: use node, acceptLoss',
    ],
    [{ change: 'remove', node: 'n1', acceptLoss: 1 }, '"acceptLoss" must be true or false'],
    [{ change: 'replace', node: 'n1' }, `"by" ${NAME}`],
    [
      { change: 'replace', dead: 'n1', by: 'n2' },
      '"dead" is not a field of this request: use node, by, acceptLoss',
    ],
    [{ change: 'zone', node: 'n1' }, `"zone" ${NAME}`],
    [
      { change: 'zone', node: 'n1', zone: 'z', weight: 1 },
      '"weight" is not a field of this request: use node, zone',
    ],
    [{ change: 'weight', node: 'n1', weight: '2' }, '"weight" must be a whole number above 0'],
    [{ change: 'weight', node: 'n1', weight: 1.5 }, '"weight" must be a whole number above 0'],
    [
      { change: 'weight', node: 'n1', weight: 1, zone: 'z' },
      '"zone" is not a field of this request: use node, weight',
    ],
    [
      { change: 'replication_factor', replicationFactor: 0 },
      '"replicationFactor" must be a whole number above 0',
    ],
    [
      { change: 'replication_factor', n: 3 },
      '"n" is not a field of this request: use replicationFactor',
    ],
  ])('%o with 400', async (change, detail) => {
    expect(await stage(change)).toMatchObject({ status: 400, code: 'bad_parameter', detail });
  });

  it.each(['', '[]', '{', '"leave"'])('a body that is no object: %s', async (body) => {
    const { status, code } = jsonOf(await send(node, 'POST', '/cluster/plan', { body }));
    const expected = body === '' ? 'bad_parameter' : 'bad_request';
    expect([status, code]).toEqual([400, expected]);
  });

  it.each([
    [{ change: 'join', node: 'n9' }, 'not_a_member', 'there is no node "n9" in the cluster'],
    [{ change: 'join', node: 'n1' }, 'change_refused', 'n1 is a member of the ring already'],
    [
      { change: 'remove', node: 'n1', acceptLoss: true },
      'change_refused',
      'n1 is alive: stop it first if it is to be given up for dead, or have it leave',
    ],
    [
      { change: 'weight', node: 'n1', weight: 101 },
      'change_refused',
      'the weight 101 is not a whole number from 1 to 100',
    ],
    [
      { change: 'replication_factor', replicationFactor: 10 },
      'change_refused',
      'the replication factor is 1 to 9; not 10',
    ],
  ])('%o with 409, as things are', async (change, code, detail) => {
    expect(await stage(change)).toMatchObject({ status: 409, code, detail });
  });
});

describe('POST /cluster/commit', () => {
  it('202: begins what is staged', async () => {
    await stage(WEIGHT);
    expect(await ask('POST', '/cluster/commit')).toMatchObject({
      status: 202,
      done: { done: 'committed', changes: [WEIGHT] },
      staged: [],
      plan: null,
      movesLeft: null,
    });
    expect(node.node.ring().members).toEqual([{ id: 'n1', weight: 3 }]);
    expect(await ask('GET', '/cluster/members')).toMatchObject({
      members: [{ id: 'n1', weight: 3, status: 'member' }],
    });
  });

  it('409 where nothing is staged, or nobody would be left', async () => {
    expect(await ask('POST', '/cluster/commit')).toMatchObject({
      status: 409,
      code: 'change_refused',
      detail: 'nothing is staged, and every partition is where it should be',
    });
    await stage({ change: 'leave', node: 'n1' });
    expect(await ask('POST', '/cluster/commit')).toMatchObject({
      status: 409,
      code: 'change_refused',
      detail: 'no member would be left to keep the data; let another node join first',
    });
  });
});

it('POST /cluster/abort: 409 where nothing is under way or staged', async () => {
  expect(await ask('POST', '/cluster/abort')).toMatchObject({
    status: 409,
    code: 'change_refused',
    detail: 'no change of the ring is under way',
  });
  await stage(WEIGHT);
  expect(await ask('POST', '/cluster/abort')).toMatchObject({
    status: 202,
    done: { done: 'cleared', changes: [WEIGHT] },
    staged: [],
  });
});

describe('/cluster/transfers', () => {
  const REST = { node: 'n1', moves: [], movesLeft: 0, bytesMoved: 0, bytesLeft: null };

  it('GET: what is on its way', async () => {
    expect(await ask('GET', '/cluster/transfers')).toEqual({
      status: 200,
      ...REST,
      bytesPerSecond: null,
    });
  });

  it('PUT: how fast, or as fast as it goes', async () => {
    const set = { status: 200, ...REST, bytesPerSecond: 8_388_608 };
    expect(await ask('PUT', '/cluster/transfers', { bytesPerSecond: 8_388_608 })).toEqual(set);
    expect(await ask('GET', '/cluster/transfers')).toEqual(set);
    const free = await ask('PUT', '/cluster/transfers', { bytesPerSecond: null });
    expect(free.bytesPerSecond).toBeNull();
  });

  const RATE = 'send {"bytesPerSecond": 8388608} or {"bytesPerSecond": null}';

  it.each([
    [{}, `"bytesPerSecond" must be a whole number above 0, or null: ${RATE}`],
    [{ bytesPerSecond: 0 }, `"bytesPerSecond" must be a whole number above 0, or null: ${RATE}`],
    [{ bytesPerSecond: '8' }, `"bytesPerSecond" must be a whole number above 0, or null: ${RATE}`],
    [
      { bytesPerSecond: 1, node: 'n1' },
      '"node" is not a field of this request: use bytesPerSecond',
    ],
  ])('PUT refuses %o', async (document, detail) => {
    expect(await ask('PUT', '/cluster/transfers', document)).toMatchObject({
      status: 400,
      code: 'bad_parameter',
      detail,
    });
  });
});

const ROUTES = ['plan', 'commit', 'abort', 'transfers'].map((name) => `/cluster/${name}`);

it.each(ROUTES)('%s takes a timeout and no other parameter', async (route) => {
  const method = route.endsWith('plan') || route.endsWith('transfers') ? 'GET' : 'POST';
  expect(await ask(method, `${route}?force=true`)).toMatchObject({
    status: 400,
    code: 'bad_parameter',
    detail: '"force" is not a parameter of this request: use timeout',
  });
  expect(await ask(method, `${route}?timeout=0`)).toMatchObject({ status: 400 });
  expect((await ask(method, `${route}?timeout=5000`)).code).not.toBe('bad_parameter');
});

it.each(ROUTES)('%s refuses other methods', async (route) => {
  expect(await ask('PATCH', route)).toMatchObject({ status: 405, code: 'method_not_allowed' });
});

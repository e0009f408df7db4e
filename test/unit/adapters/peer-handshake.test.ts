import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  admit,
  type Greeting,
  greetingHeaders,
  type Identity,
  newGreeting,
  PEER_PROTOCOL,
  pathOfLane,
  reasonToDistrustAnswer,
} from '../../../src/adapters/peer/handshake.ts';
import type { PeerTransportOptions } from '../../../src/adapters/peer/peer-transport.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { callType } from '../../../src/ports/transport.ts';
import { fastClock, loopback, type TestNode, testNode } from '../../contract/transport-nodes.ts';

const HELLO = callType<null, string>('test.hello', 'data');

const caller: Identity = { self: 'a', clusterId: 'c1', secret: 'sesame' };
const called: Identity = { self: 'b', clusterId: 'c1', secret: 'sesame' };

function headersOf(greeting: Greeting, secret?: string) {
  return { upgrade: PEER_PROTOCOL, ...greetingHeaders(greeting, secret) };
}

function admission(greeting: Greeting, secret: string | undefined, to: Identity) {
  return admit(pathOfLane(greeting.lane), headersOf(greeting, secret), to);
}

describe('the greeting', () => {
  it('of two nodes that know each other is admitted and proved on both sides', () => {
    const greeting = newGreeting(caller, 'b', 'data');
    const verdict = admission(greeting, 'sesame', called);
    expect(verdict).toMatchObject({ admitted: true, greeting });
    const headers = verdict.admitted ? verdict.headers : {};
    expect(reasonToDistrustAnswer(headers, greeting, 'sesame')).toBeUndefined();
    expect(reasonToDistrustAnswer(headers, greeting, 'other')).toContain('another cluster secret');
    expect(JSON.stringify([greetingHeaders(greeting, 'sesame'), headers])).not.toContain('sesame');
  });

  it('from a node of the same name is refused', () => {
    const greeting = newGreeting({ ...caller, self: 'b' }, 'b', 'data');
    expect(admission(greeting, 'sesame', called)).toMatchObject({ admitted: false, status: 409 });
  });

  it('has another nonce and another proof each time', () => {
    const [one, two] = [newGreeting(caller, 'b', 'data'), newGreeting(caller, 'b', 'data')];
    expect(one.nonce).not.toBe(two.nonce);
    const proofs = [one, two].map((each) => greetingHeaders(each, 'sesame')['quorate-proof']);
    expect(proofs[0]).not.toBe(proofs[1]);
  });

  it.each<[string, Partial<Greeting>]>([
    ['cluster', { clusterId: 'c2' }],
    ['caller', { from: 'z' }],
    ['node called', { to: 'z' }],
    ['lane', { lane: 'control' }],
    ['nonce', { nonce: 'other' }],
  ])('does not prove anything about another %s', (_, change) => {
    const greeting = newGreeting(caller, 'b', 'data');
    const proof = greetingHeaders(greeting, 'sesame')['quorate-proof'] as string;
    const forged = { ...greeting, ...change };
    const headers = { ...headersOf(forged), 'quorate-proof': proof };
    const verdict = admit(pathOfLane(forged.lane), headers, called);
    expect(verdict).toMatchObject({ admitted: false, status: 403 });
  });

  it('sent back as an answer proves nothing', () => {
    const greeting = newGreeting(caller, 'b', 'data');
    const reflected = greetingHeaders(greeting, 'sesame');
    expect(reasonToDistrustAnswer(reflected, greeting, 'sesame')).toBeDefined();
    expect(reasonToDistrustAnswer({}, greeting, 'sesame')).toContain('has none');
  });

  it('tells a stranger nothing of the cluster', () => {
    const greeting = newGreeting({ self: 'a', clusterId: 'x' }, 'b', 'data');
    const verdict = admission(greeting, 'guess', called);
    expect(verdict).toMatchObject({ admitted: false, status: 403 });
    expect(JSON.stringify(verdict)).not.toContain('c1');
  });

  it.each([
    ['websocket', 426, 'this port is for other nodes'],
    ['quorate-peer/1', 426, 'speaks quorate-peer/2, not quorate-peer/1'],
  ])('in the protocol %s is refused', (upgrade, status, text) => {
    const headers = { ...headersOf(newGreeting(caller, 'b', 'data'), 'sesame'), upgrade };
    const verdict = admit('/peer/data', headers, called);
    expect(verdict).toMatchObject({ admitted: false, status });
    expect(JSON.stringify(verdict)).toContain(text);
  });

  it('from another cluster is refused as that, once it is proved', () => {
    const greeting = newGreeting({ ...caller, clusterId: 'c2' }, 'b', 'data');
    const verdict = admission(greeting, 'sesame', called);
    expect(verdict).toMatchObject({ admitted: false, status: 409, stranger: greeting });
    expect(admission(greeting, 'guess', called)).not.toHaveProperty('stranger');
    const misdirected = admission(newGreeting(caller, 'z', 'data'), 'sesame', called);
    expect(misdirected).not.toHaveProperty('stranger');
  });

  it('on an unknown lane, or without a header, is refused', () => {
    const headers = headersOf(newGreeting(caller, 'b', 'data'), 'sesame');
    expect(admit('/peer/express', headers, called)).toMatchObject({ status: 404 });
    expect(admit(undefined, headers, called)).toMatchObject({ status: 404 });
    for (const name of ['quorate-cluster', 'quorate-from', 'quorate-to', 'quorate-nonce']) {
      const fewer = { ...headers, [name]: undefined };
      expect(admit('/peer/data', fewer, called)).toMatchObject({ status: 400 });
    }
    const odd = { ...headers, 'quorate-from': '../etc' };
    expect(admit('/peer/data', odd, called)).toMatchObject({ status: 400 });
  });
});

describe('nodes that must not speak to each other', () => {
  const nodes: TestNode[] = [];
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.transport.close()));
  });

  async function pair(
    callerOptions: Partial<PeerTransportOptions>,
    calledOptions: Partial<PeerTransportOptions>,
    calledName = 'b',
  ): Promise<TestNode> {
    const b = testNode(calledName, calledOptions);
    await b.transport.start();
    b.transport.serve(HELLO, () => 'hello');
    const peers = new Map([['b', loopback(b.transport.port)]]);
    const a = testNode('a', { peers, ...callerOptions });
    nodes.push(a, b);
    await a.transport.start();
    return a;
  }

  async function expectRefused(a: TestNode, reason: RegExp): Promise<void> {
    await vi.waitFor(() => expect(a.transport.reachable('b')).toBe(false), 5_000);
    const call = a.transport.call('b', HELLO, null, { deadline: systemClock.now() + 5_000 });
    await expect(call).rejects.toMatchObject({ failure: 'unreachable' });
    const reasons = a.logger.reasons('peer unreachable');
    expect(reasons).toHaveLength(1);
    expect(String(reasons[0])).toMatch(reason);
    for (const line of a.logger.lines) expect(JSON.stringify(line)).not.toMatch(/sesame|mellon/);
  }

  it('for the cluster', async () => {
    const a = await pair({ clusterId: 'c1' }, { clusterId: 'c2' });
    await expectRefused(a, /refused \(409\): this node belongs to cluster c2, not to c1/);
  });

  it('for the name of the node called', async () => {
    const a = await pair({}, {}, 'not-b');
    await expectRefused(a, /refused \(421\): this node is not-b, not b/);
  });

  it('for different secrets', async () => {
    const a = await pair({ secret: 'sesame' }, { secret: 'mellon' });
    await expectRefused(a, /refused \(403\): the caller has another cluster secret/);
  });

  it('for a secret only the caller has', async () => {
    const a = await pair({ secret: 'sesame' }, {});
    await expectRefused(a, /refused \(403\): the caller has a cluster secret and .* has none/);
  });

  it('for a secret only the node called has', async () => {
    const a = await pair({}, { secret: 'mellon' });
    await expectRefused(a, /refused \(403\): the node called has a cluster secret and .* has none/);
  });

  it('and those that may, with one secret, do', async () => {
    const a = await pair({ secret: 'sesame' }, { secret: 'sesame' });
    const call = a.transport.call('b', HELLO, null, { deadline: systemClock.now() + 5_000 });
    await expect(call).resolves.toBe('hello');
  });

  it('keep trying, and log a reason once', async () => {
    const a = await pair({ clusterId: 'c1' }, { clusterId: 'c2' });
    const b = nodes[1] as TestNode;
    const refusals = () => b.logger.lines.filter((line) => line.event === 'peer refused').length;
    await vi.waitFor(() => expect(refusals()).toBeGreaterThanOrEqual(6), 10_000);
    expect(a.logger.reasons('peer unreachable')).toHaveLength(1);
  });

  it('for the cluster are told of on both sides, by the caller once a minute', async () => {
    const clock = fastClock(60);
    const met: Greeting[] = [];
    const onStranger = (greeting: Greeting) => void met.push(greeting);
    const a = await pair({ clusterId: 'c1', clock }, { clusterId: 'c2', onStranger });
    const told = () =>
      a.logger.lines.filter(({ event }) => event === 'peer belongs to another cluster');
    const startedAt = clock.now();
    await vi.waitFor(() => expect(told()).toHaveLength(3), { timeout: 15_000, interval: 5 });
    expect(clock.now() - startedAt).toBeGreaterThan(110_000);
    const address = `127.0.0.1:${nodes[1]?.transport.port}`;
    expect(told()[0]).toMatchObject({
      level: 'error',
      fields: {
        peer: 'b',
        address,
        otherCluster: 'c2',
        reason: `the address of b, ${address}, now answers for cluster c2; this node belongs to cluster c1; if the disk of b was lost, start it with an empty directory under a new name and --join`,
      },
    });
    expect(met.length).toBeGreaterThan(4);
    expect(met[0]).toMatchObject({ clusterId: 'c1', from: 'a', to: 'b' });
  });

  it('for another reason than the cluster are not told of as if it were', async () => {
    const met: unknown[] = [];
    const onStranger = (greeting: Greeting) => void met.push(greeting);
    const a = await pair({}, { onStranger }, 'not-b');
    await expectRefused(a, /refused \(421\)/);
    expect(a.logger.lines.map(({ event }) => event)).not.toContain(
      'peer belongs to another cluster',
    );
    expect(met).toEqual([]);
  });
});

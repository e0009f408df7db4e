/** What the trace of a request tells of the nodes that it was carried out by. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import { type Span, Trace, type TraceDocument } from '../../src/kernel/trace.ts';
import type { ReadRepairMode } from '../../src/node/index.ts';
import { cluster, f1, f2, KEY, p1, p2, p3, put, startFive } from './key-with-fallbacks.ts';

beforeEach(() => startFive());

interface Asked {
  readonly r?: number;
  readonly w?: number;
  readonly readRepair?: ReadRepairMode;
  readonly wanted?: boolean;
}

function traceAt(node: NodeId, wanted = true): Trace {
  const now = () => cluster.simulation.nowMs;
  const trace = new Trace({ id: 'the-request', node, now, recording: true });
  if (wanted) trace.show();
  return trace;
}

async function tracedRead(at: NodeId, { r = 2, readRepair = 'async', wanted }: Asked = {}) {
  const trace = traceAt(at, wanted);
  const request = { bucket: 'test', key: utf8(KEY), r, pr: 0, sloppy: true, readRepair };
  await cluster.complete(cluster.request(at, (node) => node.read(request, 2_000, trace)));
  return trace.document();
}

async function tracedWrite(at: NodeId, { w = 2 }: Asked = {}) {
  const trace = traceAt(at);
  const content = { value: utf8('v'), contentType: '', meta: [] };
  const levels = { w, pw: 0, r: undefined, sloppy: true };
  const request = { bucket: 'test', key: utf8(KEY), content, contexts: [], ...levels };
  await cluster.complete(
    cluster.request(at, (node) => node.write({ ...request, returnBody: false }, 2_000, trace)),
  );
  return trace.document();
}

const of = ({ spans }: TraceDocument, kind: Span['kind']) =>
  spans.filter((span) => span.kind === kind);

describe('the trace of a read', () => {
  it('tells of each replica that was asked, and of who answered the same', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    const trace = await tracedRead(p1, { r: 3 });
    expect(
      of(trace, 'read')
        .map(({ node }) => node)
        .toSorted(),
    ).toEqual([p1, p2, p3].toSorted());
    const [own, ...others] = of(trace, 'read');
    expect(own).toMatchObject({ node: p1, by: p1, sentMs: 0, outcome: 'ok' });
    for (const other of others) {
      expect(other).toMatchObject({ by: p1, outcome: 'same' });
      expect(other.answeredMs).toBeGreaterThan(other.sentMs);
      expect(other.answeredMs).toBeLessThanOrEqual(trace.tookMs);
    }
  });

  it('tells of the node that it was handed to, and of what that one did', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    const trace = await tracedRead(f1);
    const [way] = of(trace, 'forward');
    expect(way).toMatchObject({ by: f1, outcome: 'ok' });
    const reads = of(trace, 'read');
    expect(reads).toHaveLength(2);
    for (const read of reads) {
      expect(read.by).toBe(way?.node);
      expect(read.sentMs).toBeGreaterThanOrEqual(way?.sentMs as number);
      expect(read.answeredMs).toBeLessThanOrEqual(way?.answeredMs as number);
    }
  });

  it('is not told by other nodes unless it is wanted, and they know its id', async () => {
    await put(p1, KEY, 'v', { w: 3 });
    const lines: string[] = [];
    cluster.simulation.onTrace = (line) => lines.push(line);
    cluster.network.cutBothWays([p2], [p1, p3]);
    const trace = await tracedRead(f1, { r: 3, wanted: false });
    await cluster.simulation.advance(5_000);
    cluster.simulation.onTrace = undefined;
    expect(new Set(trace.spans.map(({ kind }) => kind))).toEqual(new Set(['forward']));
    const inVain = lines.filter((line) => line.includes('debug no answer'));
    expect(inVain.some((line) => line.includes('"requestId":"the-request"'))).toBe(true);
  });

  it('tells of a replica that is late, of the one that was asked too, and of repair', async () => {
    const { context } = await put(p1, KEY, 'old', { w: 3 });
    cluster.network.cutBothWays([p3], [p1, p2, f1, f2]);
    await put(p1, KEY, 'new', { w: 2, sloppy: false, contexts: [context] });
    await cluster.simulation.advance(200);
    cluster.network.heal();
    cluster.network.setLink(p2, p1, { delayMsMin: 900, delayMsMax: 900 });
    const trace = await tracedRead(p1, { r: 2, readRepair: 'off' });
    const hedged = of(trace, 'read').filter(({ hedge }) => hedge);
    expect(hedged.length).toBeGreaterThan(0);
    cluster.network.heal();
    await cluster.simulation.advance(5_000);
    const repaired = await tracedRead(p1, { r: 3, readRepair: 'blocking' });
    expect(of(repaired, 'read').filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(
      0,
    );
  });
});

describe('the trace of a write', () => {
  it('tells of the disks, the one here among them', async () => {
    const trace = await tracedWrite(p1, { w: 3 });
    const stores = of(trace, 'store');
    expect(stores.map(({ node }) => node).toSorted()).toEqual([p1, p2, p3].toSorted());
    for (const store of stores) expect(store.outcome).toBe('ok');
  });

  it('tells for whom a fallback keeps it', async () => {
    cluster.kill(p2);
    await cluster.simulation.advance(10_000);
    const trace = await tracedWrite(p1, { w: 3 });
    expect(of(trace, 'hint')).toMatchObject([{ node: f1, by: p1, for: p2, outcome: 'ok' }]);
  });

  it('names the request in the lines of those who asked in vain', async () => {
    const lines: string[] = [];
    cluster.simulation.onTrace = (line) => lines.push(line);
    cluster.network.cutBothWays([p1], [p2]);
    await tracedWrite(p1, { w: 3 });
    await cluster.simulation.advance(10_000);
    cluster.simulation.onTrace = undefined;
    const inVain = lines.filter((line) => line.includes(`${p1} debug no answer`));
    expect(inVain.some((line) => line.includes('"requestId":"the-request"'))).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { constant, pareto } from '../../../src/pbs/laws.ts';
import { measuredModel, replicaModel } from '../../../src/pbs/models.ts';
import { predict, quantile } from '../../../src/pbs/prediction.ts';
import { type WarsModel, WarsTrials } from '../../../src/pbs/wars.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';

const NEVER = Number.POSITIVE_INFINITY;

function trialsOf(model: WarsModel, size = 2_000): WarsTrials {
  const random = new SeededRandom(5);
  const trials = new WarsTrials(model, () => random.float(), size);
  trials.run(size);
  return trials;
}

/** What one R and W come to where nothing is left to chance. */
function at(trials: WarsTrials, r: number, w: number) {
  const { freshFrom, read, write } = predict(trials, r, w, { atMs: [], probabilities: [0.999] });
  return { read: read.p50, write: write.p50, freshFrom: freshFrom[0]?.fromMs };
}

describe('replicas that coordinate', () => {
  const [w, a, r, s] = [10, 3, 2, 1].map(constant);
  const remote = { w, a, r, s } as Parameters<typeof replicaModel>[0]['remote'];
  const model = { n: 3, remote, ownDisk: constant(4) };

  it('keep their own copy at once, and show it when it has come', () => {
    const trials = trialsOf(replicaModel({ ...model, oneMoreAfterMs: NEVER }));
    expect(at(trials, 1, 1)).toEqual({ read: 0, write: 4, freshFrom: 6 });
    // Both ways are equally long: the second acknowledgement comes when both others have it.
    expect(at(trials, 1, 2)).toEqual({ read: 0, write: 13, freshFrom: 0 });
    // The other one that is asked is the writer, or has it when the read comes 2 ms later.
    expect(at(trials, 2, 1)).toEqual({ read: 3, write: 4, freshFrom: 4 });
    expect(at(trials, 3, 1)).toEqual({ read: 3, write: 4, freshFrom: 0 });
  });

  it('ask one more where one is late', () => {
    let asked = 0;
    const slowFirst = { ...remote, s: () => (asked++ % 2 === 0 ? 50 : 1) };
    const late = at(
      trialsOf(replicaModel({ ...model, remote: slowFirst, oneMoreAfterMs: NEVER })),
      2,
      1,
    );
    asked = 0;
    const hedged = at(
      trialsOf(replicaModel({ ...model, remote: slowFirst, oneMoreAfterMs: 5 })),
      2,
      1,
    );
    expect(hedged.read).toBeLessThanOrEqual(late.read);
    const both = trialsOf(replicaModel({ ...model, remote: slowFirst, oneMoreAfterMs: 5 }));
    expect(Math.max(...both.readsMs(2))).toBeLessThan(52 + 5);
  });
});

describe('what one node has measured', () => {
  const peer = { readsMs: [4], writesMs: [10] };

  it('takes a way for half of a round trip, and the disk for part of the acknowledgement', () => {
    const measured = measuredModel({
      n: 3,
      peers: [peer, peer],
      ownDiskMs: [2],
      oneMoreAfterMs: NEVER,
    });
    const trials = trialsOf(measured);
    expect(at(trials, 1, 1)).toEqual({ read: 0, write: 2, freshFrom: 2 });
    expect(at(trials, 2, 3)).toEqual({ read: 4, write: 10, freshFrom: 0 });
  });

  it('comes near to what it would be if one could measure each way', () => {
    const random = new SeededRandom(3);
    const float = () => random.float();
    const law = pareto(3, 3.35);
    const remote = { w: law, a: law, r: law, s: law };
    const roundTrips = () => Array.from({ length: 512 }, () => law(float) + law(float));
    const truly = trialsOf(
      replicaModel({ n: 3, remote, ownDisk: constant(0), oneMoreAfterMs: NEVER }),
      50_000,
    );
    const peers = [1, 2].map(() => ({ readsMs: roundTrips(), writesMs: roundTrips() }));
    const found = trialsOf(
      measuredModel({ n: 3, peers, ownDiskMs: [0], oneMoreAfterMs: NEVER }),
      50_000,
    );
    for (const [r, w] of [
      [1, 1],
      [1, 2],
      [2, 1],
    ] as const) {
      for (const share of [0.9, 0.99, 0.999]) {
        const from = quantile(found.freshFromMs(r, w), share);
        const trueFrom = quantile(truly.freshFromMs(r, w), share);
        expect(Math.abs(from - trueFrom)).toBeLessThan(0.1 * Math.abs(trueFrom) + 0.1);
      }
    }
  });

  it('does without reads', () => {
    const unread = { readsMs: [], writesMs: [10] };
    const trials = trialsOf(
      measuredModel({ n: 2, peers: [unread], ownDiskMs: [2], oneMoreAfterMs: NEVER }),
    );
    expect(at(trials, 2, 1)).toEqual({ read: 8, write: 2, freshFrom: 0 });
  });

  it('draws the replicas from all peers', () => {
    const slow = { readsMs: [4], writesMs: [202] };
    const peers = [peer, peer, slow];
    const trials = trialsOf(measuredModel({ n: 3, peers, ownDiskMs: [2], oneMoreAfterMs: NEVER }));
    const asked = { atMs: [50], probabilities: [] };
    const [later] = predict(trials, 1, 1, asked).fresh;
    // The reader is the slow one in one of three trials.
    expect(later?.probability).toBeCloseTo(2 / 3, 1);
  });
});

it('is always fresh where quorums overlap', () => {
  const random = new SeededRandom(1);
  const law = () => 100 * random.float();
  const remote = { w: law, a: law, r: law, s: law };
  const trials = trialsOf(replicaModel({ n: 5, remote, ownDisk: law, oneMoreAfterMs: 20 }));
  for (const r of [1, 2, 3, 4, 5]) {
    for (const w of [1, 2, 3, 4, 5]) {
      const latest = trials.freshFromMs(r, w).at(-1) as number;
      if (r + w > 5) expect(latest).toBeLessThanOrEqual(0);
      else expect(latest).toBeGreaterThan(0);
    }
  }
});

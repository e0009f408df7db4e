/** What a node says of why it should not be asked. */

import { describe, expect, it } from 'vitest';
import { QuorateError, UNREADY_REASONS, type UnreadyReason } from '../../../src/kernel/errors.ts';
import { MetadataLag } from '../../../src/node/metadata-group/metadata-lag.ts';
import { MetadataView } from '../../../src/node/metadata-group/metadata-view.ts';
import { Readiness, type ReadinessPorts } from '../../../src/node/readiness.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { codesIn, tableOf } from '../../readme-table.ts';
import { settle } from '../../sim/settle.ts';

const forming = () => new QuorateError('ring_forming', 'x', { reason: 'ring_forming' });

const seen = (given: Partial<ReadinessPorts['view']>): ReadinessPorts['view'] => ({
  formed: true,
  forming,
  counted: true,
  ...given,
});

/** Of a node for which all is well, but for what is given. */
function readiness({
  open = true,
  lag,
  group = {},
  view,
}: {
  readonly open?: boolean;
  readonly lag?: { readonly applied: number; readonly known: number };
  readonly group?: Partial<ReadinessPorts['group']>;
  readonly view?: ReadinessPorts['view'];
}): Readiness {
  return new Readiness({
    self: 'n1',
    requests: { open },
    group: { hasLeft: false, left: false, state: undefined, ...group },
    view: view ?? seen({}),
    metadataLag: { lag },
  });
}

type Given = Parameters<typeof readiness>[0];

describe('a node that refuses requests', () => {
  it.each<[UnreadyReason, Given]>([
    ['draining', { open: false }],
    ['left', { group: { hasLeft: true } }],
    ['left', { view: seen({ counted: false }), group: { left: true } }],
    ['ring_forming', { view: seen({ formed: false }) }],
    ['start_unregistered', { view: seen({ counted: false }) }],
  ])('says that it is %s', (reason, given) => {
    const node = readiness(given);
    expect(node.whyNot).toMatchObject({ status: 503, definite: true, facts: { reason } });
    expect(node.whyAvoided?.facts.reason).toBe(reason);
  });

  it('has not received the state of the cluster yet', () => {
    const simulation = new Simulation(1, settle);
    const group = { state: undefined, registered: false, departing: false };
    const clock = new SimClock(simulation);
    const view = new MetadataView(
      '00000000000000c1',
      group,
      clock,
      () => () => 0n,
      () => () => {},
    );
    expect(readiness({ view }).whyNot?.facts.reason).toBe('joining');
  });
});

describe('a node that is behind the metadata', () => {
  it('takes requests, and says that others should be asked', () => {
    const node = readiness({ lag: { applied: 5, known: 9 } });
    expect(node.whyNot).toBeUndefined();
    expect(() => node.demand()).not.toThrow();
    expect(node.whyAvoided).toMatchObject({
      code: 'not_ready',
      facts: { reason: 'metadata_behind' },
    });
  });

  it('is ready where nothing is wrong', () => {
    expect(readiness({}).whyAvoided).toBeUndefined();
  });
});

describe('the lag of a node', () => {
  async function lagging() {
    const simulation = new Simulation(1, settle);
    const known = { applied: 10, others: [{ reachable: true, applied: 10 }] };
    const lag = new MetadataLag({
      clock: new SimClock(simulation),
      applied: () => known.applied,
      others: () => known.others,
    });
    lag.start();
    await simulation.advance(5_000);
    return { simulation, known, lag };
  }

  it('is none where nobody is further', async () => {
    const { lag } = await lagging();
    expect(lag.lag).toBeUndefined();
  });

  it('is seen when it has lasted, and gone when what was aimed at is reached', async () => {
    const { simulation, known, lag } = await lagging();
    known.others = [{ reachable: true, applied: 12 }];
    await simulation.advance(2_000);
    expect(lag.lag).toBeUndefined();
    await simulation.advance(3_000);
    expect(lag.lag).toEqual({ applied: 10, known: 12 });
    known.applied = 12;
    expect(lag.lag).toBeUndefined();
  });

  it('is none of a node that follows, however fast the others go on', async () => {
    const { simulation, known, lag } = await lagging();
    for (let i = 0; i < 100; i++) {
      known.others = [{ reachable: true, applied: 100 * (i + 2) }];
      await simulation.advance(200);
      known.applied = 100 * i;
      expect(lag.lag).toBeUndefined();
    }
  });

  it('is not judged by who cannot be reached', async () => {
    const { simulation, known, lag } = await lagging();
    known.others = [{ reachable: false, applied: 99 }];
    await simulation.advance(10_000);
    expect(lag.lag).toBeUndefined();
  });
});

it("README's table has every reason, and no other", () => {
  const rows = tableOf('reason');
  expect(rows.flatMap(({ reason = '' }) => codesIn(reason)).toSorted()).toEqual(
    Object.keys(UNREADY_REASONS).toSorted(),
  );
  for (const row of rows) expect(row['what it means']).not.toBe('');
});

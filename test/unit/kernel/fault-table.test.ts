import { describe, expect, it } from 'vitest';
import {
  type FaultTable,
  faultsOf,
  faultTableOf,
  faultyPartsOf,
} from '../../../src/kernel/fault-table.ts';

const DELAY = { distribution: 'constant', ms: 5 } as const;

describe('a table of faults', () => {
  const table: FaultTable = {
    links: {
      n2: { cut: true, lanes: { bulk: { loss: 0.5 }, control: {} } },
      n3: { loss: 0 },
      '*': { delay: DELAY },
    },
    disk: { delay: DELAY, full: false },
    clock: { offsetMs: -1_500 },
  };

  it('is a document as it is', () => {
    expect(faultTableOf(JSON.parse(JSON.stringify(table)))).toEqual(table);
    expect(faultTableOf({})).toEqual({ links: {} });
  });

  it('gives a lane its own faults, in place of those of the link', () => {
    expect(faultsOf(table.links, 'n2', 'data')).toMatchObject({ cut: true });
    expect(faultsOf(table.links, 'n2', 'bulk')).toEqual({ loss: 0.5 });
    expect(faultsOf(table.links, 'n2', 'control')).toBeUndefined();
  });

  it('gives nodes that it does not name what it has for all others', () => {
    expect(faultsOf(table.links, 'n9', 'data')).toEqual({ delay: DELAY });
    expect(faultsOf(table.links, 'n3', 'data')).toBeUndefined();
    expect(faultsOf(table.links, 'toString', 'data')).toEqual({ delay: DELAY });
  });

  it('says what of the node itself has faults', () => {
    expect(faultyPartsOf(table)).toEqual(['disk', 'clock']);
    expect(faultyPartsOf({ links: {}, disk: { full: true } })).toEqual(['disk']);
    const harmless = { links: {}, disk: { full: false }, clock: { offsetMs: 0 } };
    expect(faultyPartsOf(harmless)).toEqual([]);
    expect(faultyPartsOf({ links: {} })).toEqual([]);
  });

  it.each([
    [{ link: {} }, 'link is not known here: use links, disk, clock'],
    [{ links: [] }, 'links must be an object'],
    [{ links: { n2: true } }, 'links.n2 must be an object'],
    [{ links: { n2: { drop: 1 } } }, 'links.n2.drop is not known here: use cut, loss, delay'],
    [{ links: { n2: { cut: 1 } } }, 'links.n2.cut must be true or false'],
    [{ links: { n2: { loss: 1.1 } } }, 'links.n2.loss must be a probability from 0 to 1'],
    [{ links: { n2: { loss: null } } }, 'links.n2.loss must be a probability from 0 to 1'],
    [{ links: { n2: { delay: 5 } } }, 'links.n2.delay must be an object'],
    [{ links: { n2: { lanes: { fast: {} } } } }, 'links.n2.lanes.fast is not known here'],
    [{ links: { n2: { lanes: { data: { lanes: {} } } } } }, 'links.n2.lanes.data.lanes is not'],
    [{ disk: true }, 'disk must be an object, such as {"disk": {"full": true}}'],
    [{ disk: { full: 1 } }, 'disk.full must be true or false'],
    [{ disk: { size: 1 } }, 'disk.size is not known here: use delay, full'],
    [{ disk: { delay: { distribution: 'constant', ms: -1 } } }, 'disk.delay.ms must be a number'],
    [{ clock: 5 }, 'clock must be an object, such as {"clock": {"offsetMs": -30000}}'],
    [{ clock: {} }, 'clock.offsetMs must be a whole number from -315360000000 to 315360000000'],
    [{ clock: { offsetMs: 0.5 } }, 'clock.offsetMs must be a whole number'],
    [{ clock: { offsetMs: 1e12 } }, 'clock.offsetMs must be a whole number'],
    [{ clock: { offsetMs: 1, rate: 2 } }, 'clock.rate is not known here: use offsetMs'],
  ])('that is wrong is refused: %j', (document, why) => {
    expect(() => faultTableOf(document)).toThrow(why);
  });
});

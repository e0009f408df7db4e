import { describe, expect, it } from 'vitest';
import { type FaultTable, faultsOf, faultTableOf } from '../../../src/kernel/fault-table.ts';

const DELAY = { distribution: 'constant', ms: 5 } as const;

describe('a table of faults', () => {
  const table: FaultTable = {
    links: {
      n2: { cut: true, lanes: { bulk: { loss: 0.5 }, control: {} } },
      n3: { loss: 0 },
      '*': { delay: DELAY },
    },
  };

  it('is a document as it is', () => {
    expect(faultTableOf(JSON.parse(JSON.stringify(table)))).toEqual(table);
    expect(faultTableOf({})).toEqual({ links: {} });
  });

  it('gives a lane its own faults, in place of those of the link', () => {
    expect(faultsOf(table, 'n2', 'data')).toMatchObject({ cut: true });
    expect(faultsOf(table, 'n2', 'bulk')).toEqual({ loss: 0.5 });
    expect(faultsOf(table, 'n2', 'control')).toBeUndefined();
  });

  it('gives nodes that it does not name what it has for all others', () => {
    expect(faultsOf(table, 'n9', 'data')).toEqual({ delay: DELAY });
    expect(faultsOf(table, 'n3', 'data')).toBeUndefined();
    expect(faultsOf(table, 'toString', 'data')).toEqual({ delay: DELAY });
  });

  it.each([
    [{ link: {} }, 'link is not known here: use links'],
    [{ links: [] }, 'links must be an object'],
    [{ links: { n2: true } }, 'links.n2 must be an object'],
    [{ links: { n2: { drop: 1 } } }, 'links.n2.drop is not known here: use cut, loss, delay'],
    [{ links: { n2: { cut: 1 } } }, 'links.n2.cut must be true or false'],
    [{ links: { n2: { loss: 1.1 } } }, 'links.n2.loss must be a probability from 0 to 1'],
    [{ links: { n2: { loss: null } } }, 'links.n2.loss must be a probability from 0 to 1'],
    [{ links: { n2: { delay: 5 } } }, 'links.n2.delay must be an object'],
    [{ links: { n2: { lanes: { fast: {} } } } }, 'links.n2.lanes.fast is not known here'],
    [{ links: { n2: { lanes: { data: { lanes: {} } } } } }, 'links.n2.lanes.data.lanes is not'],
  ])('that is wrong is refused: %j', (document, why) => {
    expect(() => faultTableOf(document)).toThrow(why);
  });
});

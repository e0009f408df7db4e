import { describe, expect, it } from 'vitest';
import { contextOfRead, EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import {
  ABSENT,
  merge,
  type SiblingObject,
  supersede,
} from '../../../src/causality/sibling-object.ts';
import type { Dot } from '../../../src/causality/version-vector.ts';

const A = (counter: number): Dot => ({ lineage: 0xa, actorEpoch: 1, counter });
const B = (counter: number): Dot => ({ lineage: 0xb, actorEpoch: 1, counter });
const C = (counter: number): Dot => ({ lineage: 0xc, actorEpoch: 1, counter });

const content = (text: string) => ({
  value: Buffer.from(text),
  contentType: '',
  meta: [],
  hlc: 0,
});
const values = (object: SiblingObject) =>
  object.siblings.map((s) => Buffer.from(s.value).toString());

describe('the worked example of the Dynamo paper, figure 3', () => {
  const d1 = supersede(ABSENT, EMPTY_CONTEXT, A(1), content('D1'));
  const d2 = supersede(d1, contextOfRead(d1.clock, 0), A(2), content('D2'));
  const d3 = supersede(d2, contextOfRead(d2.clock, 0), B(1), content('D3'));
  const d4 = supersede(d2, contextOfRead(d2.clock, 0), C(1), content('D4'));

  it('D2(A2) supersedes D1(A1)', () => {
    expect(d2.clock).toEqual([A(2)]);
    expect(values(d2)).toEqual(['D2']);
    expect(values(merge(d1, d2))).toEqual(['D2']);
  });

  it('D3(A2,B1) and D4(A2,C1) both descend from D2 and drop it', () => {
    expect(d3.clock).toEqual([A(2), B(1)]);
    expect(d4.clock).toEqual([A(2), C(1)]);
    expect(values(merge(d2, d3))).toEqual(['D3']);
    expect(values(merge(d2, d4))).toEqual(['D4']);
  });

  it('D3 and D4 are siblings', () => {
    const both = merge(d3, d4);
    expect(values(both)).toEqual(['D3', 'D4']);
    expect(both.clock).toEqual([A(2), B(1), C(1)]);
  });

  it('D5, written by a client that saw both, resolves them', () => {
    const both = merge(d3, d4);
    const d5 = supersede(both, contextOfRead(both.clock, 0), A(3), content('D5'));
    expect(d5.clock).toEqual([A(3), B(1), C(1)]);
    expect(values(merge(d5, both))).toEqual(['D5']);
  });
});

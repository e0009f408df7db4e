import { describe, expect, it } from 'vitest';
import {
  type History,
  type RecordedRead,
  type RecordedWrite,
  violationsOf,
} from '../../sim/history-check.ts';

type WriteFacts = Partial<RecordedWrite> & Pick<RecordedWrite, 'value'>;
type ReadFacts = Partial<RecordedRead> & Pick<RecordedRead, 'values'>;

/** Writes one after the other, 10 ms each, W=2; then the reads, R=2. */
function faultsOf(
  writes: readonly WriteFacts[],
  reads: readonly ReadFacts[],
  wipedAtMs: History['wipedAtMs'] = [],
): string {
  const violations = violationsOf({
    writes: writes.map((facts, i) => ({
      key: 'k',
      replaces: new Set<string>(),
      w: 2,
      primaries: facts.w ?? 2,
      strict: true,
      beganMs: i * 10,
      endedMs: facts.outcome === 'unknown' ? Number.POSITIVE_INFINITY : i * 10 + 9,
      outcome: 'acknowledged',
      ...facts,
    })),
    reads: reads.map((facts, i) => ({
      key: 'k',
      at: 'n1',
      r: 2,
      reached: ['n1', 'n2', 'n3'].slice(0, facts.r ?? 2),
      primaries: facts.r ?? 2,
      blocking: false,
      atTheEnd: false,
      beganMs: 1_000 + i * 10,
      endedMs: 1_009 + i * 10,
      ...facts,
    })),
    wipedAtMs,
  });
  return violations.join('\n');
}

const replacing = (...values: string[]) => new Set(values);

describe('the check of a history', () => {
  it('is content with siblings, and with what replaced them', () => {
    const writes = [{ value: 'a' }, { value: 'b' }, { value: 'c', replaces: replacing('a') }];
    expect(faultsOf(writes, [{ values: ['b', 'c'] }])).toBe('');
  });

  it('finds an acknowledged value that is gone', () => {
    expect(faultsOf([{ value: 'a' }, { value: 'b' }], [{ values: ['b'] }])).toContain('a is lost');
  });

  it('asks only for what the quorums promise', () => {
    const lost = [{ values: [] }];
    expect(faultsOf([{ value: 'a', w: 1 }], lost)).toBe('');
    expect(faultsOf([{ value: 'a' }], [{ values: [], r: 1 }])).toBe('');
    expect(faultsOf([{ value: 'a' }], lost, [500])).toBe('');
    expect(faultsOf([{ value: 'a', w: 3 }], lost, [500])).toContain('a is lost');
    expect(faultsOf([{ value: 'a', endedMs: 1_005 }], lost)).toBe('');
  });

  it('takes a write in doubt for the reason only where its own value is accounted for', () => {
    const doubtful = { value: 'b', replaces: replacing('a'), outcome: 'unknown' } as const;
    expect(faultsOf([{ value: 'a' }, doubtful], [{ values: ['b'] }])).toBe('');
    expect(faultsOf([{ value: 'a' }, doubtful], [{ values: [] }])).toContain('a is lost');
    const later = { value: 'c', replaces: replacing('a', 'b') };
    expect(faultsOf([{ value: 'a' }, doubtful, later], [{ values: ['c'] }])).toBe('');
  });

  it('takes no definite failure for the reason, nor a write that began later', () => {
    const failed = { value: undefined, replaces: replacing('a'), outcome: 'failed' } as const;
    expect(faultsOf([{ value: 'a' }, failed], [{ values: [] }])).toContain('a is lost');
    const later = { value: undefined, replaces: replacing('a'), beganMs: 2_000, endedMs: 2_009 };
    expect(faultsOf([{ value: 'a' }, later], [{ values: [] }])).toContain('a is lost');
  });

  it('finds a replaced value that is back, and one beside what replaced it', () => {
    const deleted = [{ value: 'a' }, { value: undefined, replaces: replacing('a') }];
    expect(faultsOf(deleted, [{ values: ['a'] }])).toContain('a is back');
    const doubtful = { value: 'b', replaces: replacing('a'), outcome: 'unknown' } as const;
    const beside = faultsOf([{ value: 'a' }, doubtful], [{ values: ['a', 'b'], r: 1 }]);
    expect(beside).toContain('a is beside b');
  });

  it('knows that a delete that read a majority replaced what was acknowledged before', () => {
    const blind = { value: undefined, replaces: 'what a majority knows' } as const;
    expect(faultsOf([{ value: 'a' }, blind], [{ values: [] }])).toBe('');
    expect(faultsOf([{ value: 'a' }, blind], [{ values: ['a'] }])).toContain('a is back');
    expect(faultsOf([blind, { value: 'a' }], [{ values: [] }])).toContain('a is lost');
    expect(faultsOf([{ value: 'a', w: 1 }, blind], [{ values: ['a'] }])).toBe('');
  });

  it('finds failures that surface and values that nobody wrote', () => {
    const failed = { value: 'a', outcome: 'failed' } as const;
    expect(faultsOf([failed], [{ values: ['a'], r: 1 }])).toContain('definitely not written');
    expect(faultsOf([], [{ values: ['a'], r: 1 }])).toContain('never written');
  });

  it('holds later reads to what an earlier one told', () => {
    const doubtful = [{ value: 'a', outcome: 'unknown' } as const];
    const told = { values: ['a'], r: 1 };
    expect(faultsOf(doubtful, [told, { values: [] }])).toBe('');
    expect(faultsOf(doubtful, [told, { values: [], r: 3 }])).toContain('a is lost');
    const blocking = { values: ['a'], r: 2, blocking: true };
    expect(faultsOf(doubtful, [blocking, { values: [] }])).toContain('a is lost');
  });

  it('holds nodes that did not tell of a write in doubt to nothing before the end', () => {
    const [doubtful, acknowledged] = [{ value: 'a', outcome: 'unknown' } as const, { value: 'a' }];
    const told = { values: ['a'], r: 3, reached: ['n4'] };
    const others = { values: [], r: 3, reached: ['n6'] };
    expect(faultsOf([doubtful], [told, others])).toBe('');
    expect(faultsOf([doubtful], [told, { ...others, atTheEnd: true }])).toContain('a is lost');
    expect(faultsOf([doubtful], [{ ...told, blocking: true }, others])).toContain('a is lost');
    expect(faultsOf([acknowledged], [told, others])).toContain('a is lost');
  });

  it('asks of replicas only for what replicas acknowledged', () => {
    const lost = { values: [] };
    expect(faultsOf([{ value: 'a', primaries: 1 }], [lost])).toBe('');
    expect(faultsOf([{ value: 'a', primaries: 1 }], [{ ...lost, r: 3 }])).toContain('a is lost');
    expect(faultsOf([{ value: 'a', primaries: 0 }], [{ ...lost, r: 3 }])).toBe('');
    expect(faultsOf([{ value: 'a' }], [{ ...lost, primaries: 1 }])).toBe('');
    const told = [
      { values: ['a'], primaries: 1 },
      { values: [], r: 3 },
    ];
    expect(faultsOf([{ value: 'a', outcome: 'unknown' }], told)).toBe('');
  });

  it('asks at the end for all that fallbacks kept', () => {
    const end = { values: [], r: 3, atTheEnd: true };
    const kept = { value: 'a', primaries: 0 };
    expect(faultsOf([{ ...kept, w: 1 }], [end])).toContain('a is lost');
    expect(faultsOf([{ ...kept, w: 1 }], [end], [500])).toBe('');
    expect(faultsOf([{ ...kept, w: 2 }], [end], [500])).toContain('a is lost');
  });
});

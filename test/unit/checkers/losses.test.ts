/** Hand-made histories of a store that keeps siblings, good and bad. */

import { describe, expect, it } from 'vitest';
import type { FaultWindow, Operation, Quorum, Replaced } from '../../../src/checkers/history.ts';
import { checkLosses } from '../../../src/checkers/losses.ts';

interface WriteFacts {
  /** Undefined: a delete. */
  readonly value: string | undefined;
  /** Blind where it is left out; only of deletes. */
  readonly replaces?: Replaced | 'what a majority knows';
  readonly w?: number;
  readonly primaries?: number;
  readonly strict?: boolean;
  readonly outcome?: Operation['outcome'];
  readonly beganMs?: number;
  readonly endedMs?: number;
  readonly n?: number;
}

interface ReadFacts {
  readonly values: readonly string[];
  readonly r?: number;
  readonly primaries?: number;
  readonly reached?: readonly string[];
  readonly blocking?: true;
  readonly final?: true;
  readonly n?: number;
}

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

/** Writes one after the other, 10 ms each, N=3, W=2; then the reads, R=2. */
function historyOf(writes: readonly WriteFacts[], reads: readonly ReadFacts[]): Operation[] {
  return [
    ...writes.map(writeOf),
    ...reads.map((facts, i): Operation => {
      const { values, r = 2, n = 3, primaries = r, reached = NODES.slice(0, r), ...more } = facts;
      const { final, blocking } = more;
      const quorum: Quorum = {
        ...{ n, needed: r, strict: false, primaries, reached },
        ...(blocking && { blocking }),
      };
      const times = { invoke: 1_000 + i * 10, complete: 1_009 + i * 10, outcome: 'ok' } as const;
      return {
        ...{ process: 1, key: 'k', op: 'read', ...times, quorum, output: { values } },
        ...(final && { final }),
      };
    }),
  ];
}

function writeOf(facts: WriteFacts, i: number): Operation {
  const { value, replaces = {}, w = 2, n = 3, strict = true, outcome = 'ok' } = facts;
  const { beganMs = i * 10, endedMs = beganMs + 9, primaries = w } = facts;
  const change = value === undefined ? { op: 'delete' } : { op: 'write', value };
  return {
    ...{ process: 0, key: 'k', ...change, invoke: beganMs, outcome },
    complete: outcome === 'unknown' ? null : endedMs,
    quorum: { n, needed: w, strict, primaries },
    ...(replaces !== 'what a majority knows' && { replaces }),
  } as Operation;
}

/** A disk was lost at each of these times. */
function faultsOf(
  writes: readonly WriteFacts[],
  reads: readonly ReadFacts[],
  wipedAtMs: readonly number[] = [],
): string {
  return textOf(historyOf(writes, reads), wipedAtMs);
}

function textOf(operations: readonly Operation[], wipedAtMs: readonly number[] = []): string {
  const faults = wipedAtMs.map(
    (from): FaultWindow => ({ fault: 'wipe n3', from, until: from, wiped: ['n3'] }),
  );
  const found = checkLosses({ facts: {}, operations, faults });
  return found.map(({ text }) => text.replaceAll('"', '')).join('\n');
}

const replacing = (...values: string[]): Replaced => ({ values });

describe('losses', () => {
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
    const failed = { value: undefined, replaces: replacing('a'), outcome: 'fail' } as const;
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
    const failed = { value: 'a', outcome: 'fail' } as const;
    expect(faultsOf([failed], [{ values: ['a'], r: 1 }])).toContain('definitely not written');
    expect(faultsOf([], [{ values: ['a'], r: 1 }])).toContain('never written');
  });

  it('holds later reads to what an earlier one told', () => {
    const doubtful = [{ value: 'a', outcome: 'unknown' } as const];
    const told = { values: ['a'], r: 1 };
    expect(faultsOf(doubtful, [told, { values: [] }])).toBe('');
    expect(faultsOf(doubtful, [told, { values: [], r: 3 }])).toContain('a is lost');
    const blocking = { values: ['a'], r: 2, blocking: true } as const;
    expect(faultsOf(doubtful, [blocking, { values: [] }])).toContain('a is lost');
  });

  it('holds nodes that did not tell of a write in doubt to nothing before the end', () => {
    const [doubtful, acknowledged] = [{ value: 'a', outcome: 'unknown' } as const, { value: 'a' }];
    const told = { values: ['a'], r: 3, reached: ['n4'] };
    const others = { values: [], r: 3, reached: ['n6'] };
    expect(faultsOf([doubtful], [told, others])).toBe('');
    expect(faultsOf([doubtful], [told, { ...others, final: true }])).toContain('a is lost');
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
    const end = { values: [], r: 3, final: true } as const;
    const kept = { value: 'a', primaries: 0 };
    expect(faultsOf([{ ...kept, w: 1 }], [end])).toContain('a is lost');
    expect(faultsOf([{ ...kept, w: 1 }], [end], [500])).toBe('');
    expect(faultsOf([{ ...kept, w: 2 }], [end], [500])).toContain('a is lost');
  });

  it('reckons with the replicas that each key has', () => {
    const [five, one] = [
      { values: [], r: 3, n: 5 },
      { values: [], r: 1, n: 1 },
    ];
    expect(faultsOf([{ value: 'a', w: 3, n: 5 }], [five])).toContain('a is lost');
    expect(faultsOf([{ value: 'a', w: 2, n: 5 }], [five])).toBe('');
    expect(faultsOf([{ value: 'a', w: 1, n: 1 }], [one])).toContain('a is lost');
    expect(faultsOf([{ value: 'a', w: 1, n: 2 }], [{ values: [], r: 1, n: 2 }])).toBe('');
    expect(faultsOf([{ value: 'a', w: 2, n: 2 }], [{ values: [], r: 1, n: 2 }])).toContain('lost');
  });

  it('knows what was seen through what was seen', () => {
    const writes = [
      { value: 'a' },
      { value: 'b', replaces: replacing('a') },
      { value: undefined, replaces: replacing('b') },
    ];
    expect(faultsOf(writes, [{ values: [] }])).toBe('');
    expect(faultsOf(writes, [{ values: ['a'] }])).toContain('a is back: b had');
    expect(faultsOf(writes.slice(0, 2), [{ values: ['a', 'b'] }])).toContain('a is beside b');
  });

  it('takes a clock where nobody tells what was shown', () => {
    const [a, b] = historyOf([{ value: 'a' }, { value: 'b' }], [{ values: [] }]);
    const named = { ...a, output: { dot: 'x:1' } } as Operation;
    const covering = { ...b, replaces: { clock: { x: 1 } } } as Operation;
    const other = { ...b, replaces: { clock: { y: 1 } } } as Operation;
    const [read] = historyOf([], [{ values: ['b'] }]) as [Operation];
    expect(textOf([named, covering, read])).toBe('');
    expect(textOf([named, other, read])).toContain('a is lost');
  });

  it('takes a delete that found nothing for a read of a majority', () => {
    const [written] = historyOf([{ value: 'a' }], []) as [Operation];
    const blind = { value: undefined, beganMs: 500, replaces: 'what a majority knows' } as const;
    const [deleted] = historyOf([blind], []) as [Operation];
    const inVain = { ...deleted, output: { applied: false } } as Operation;
    expect(textOf([written, inVain])).toContain('a is lost');
    const sloppy = { ...inVain, quorum: { n: 3, needed: 2, strict: false } } as Operation;
    expect(textOf([written, sloppy])).toBe('');
  });

  it('names the operations, and tells each loss once', () => {
    const operations = historyOf([{ value: 'a' }], [{ values: [] }, { values: [] }]);
    const found = checkLosses({ facts: {}, operations, faults: [] });
    expect(found).toMatchObject([{ check: 'losses', key: 'k', operations: [0, 1] }]);
  });

  it('needs values that are written once, and leaves other keys alone', () => {
    const twice = historyOf([{ value: 'a' }, { value: 'a' }], []);
    expect(() => textOf(twice)).toThrow('"a" was written twice to the key "k"');
    const register = { process: 0, key: 'r', invoke: 0, complete: 1, outcome: 'ok' } as const;
    const written = { ...register, op: 'write', value: 'a' } as const;
    const absent = { ...register, op: 'read', invoke: 2, complete: 3, output: { value: null } };
    expect(textOf([written, absent as Operation])).toBe('');
  });
});

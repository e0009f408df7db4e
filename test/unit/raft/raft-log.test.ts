import { describe, expect, it } from 'vitest';
import { ENTRY_OVERHEAD_BYTES } from '../../../src/raft/entry-size.ts';
import { RaftLog } from '../../../src/raft/raft-log.ts';
import { command, founded, logOf, voters } from './group.ts';

/** Index 1 is the snapshot; entries from 2 on, one of each given term. */
const log = (...terms: number[]) => new RaftLog(founded(voters(1), logOf(...terms)));

describe('entries that a leader sends', () => {
  it('are not missing when the log has them', () => {
    expect(log(1, 1, 2).missingOf(logOf(1, 1))).toEqual([]);
  });

  it('are missing from the first conflict on', () => {
    expect(
      log(1, 1, 1)
        .missingOf(logOf(1, 2, 2))
        .map((entry) => entry.index),
    ).toEqual([3, 4]);
  });

  it('take the place of what conflicts, and of all behind it', () => {
    const changed = log(1, 1, 1);
    changed.append([command(3, 2)]);
    expect(changed.last).toEqual({ index: 3, term: 2 });
  });

  it('never take the place of what is committed', () => {
    const changed = log(1, 1, 1);
    changed.commitTo(3);
    expect(() => changed.append([command(3, 2)])).toThrow('never truncated');
  });

  it('leave no gap', () => {
    expect(() => log(1).append([command(4, 1)])).toThrow('no gaps');
  });
});

describe('how far logs may agree', () => {
  it('skips a whole term that is too late', () => {
    expect(log(1, 2, 3, 3, 3).lastAtMost(6, 2)).toEqual({ index: 3, term: 2 });
  });

  it('begins at the end of the shorter log', () => {
    expect(log(1, 1).lastAtMost(9, 4)).toEqual({ index: 3, term: 1 });
  });
});

describe('which log is better', () => {
  it.each([
    ['a later last term', 2, 3, true],
    ['an earlier last term', 9, 1, false],
    ['the same term and a longer log', 4, 2, true],
    ['the same term and length', 3, 2, true],
    ['the same term and a shorter log', 2, 2, false],
  ])('%s', (_, lastIndex, lastTerm, answer) => {
    expect(log(1, 2).isUpToDate(lastIndex, lastTerm)).toBe(answer);
  });
});

describe('a slice', () => {
  it('has one entry at least', () => {
    expect(log(1, 1, 1).slice(2, 4, 1)).toHaveLength(1);
  });

  it('keeps to the bytes', () => {
    expect(log(1, 1, 1).slice(2, 4, 2 * ENTRY_OVERHEAD_BYTES)).toHaveLength(2);
  });
});

describe('a local snapshot', () => {
  const meta = { index: 4, term: 2, configuration: voters(1) };
  const compacted = (firstKept: number) => {
    const changed = log(1, 1, 2, 2);
    changed.commitTo(4);
    changed.compact(meta, firstKept);
    return changed;
  };

  it('leaves trailing entries', () => {
    expect(compacted(3).firstIndex).toBe(3);
  });

  it('leaves the term before the first entry known', () => {
    expect(compacted(4).termAt(3)).toBe(1);
  });

  it('leaves earlier terms unknown', () => {
    expect(compacted(4).termAt(2)).toBeUndefined();
  });

  it('may not hold what is not committed', () => {
    expect(() => log(1, 1, 2, 2).compact(meta, 3)).toThrow('only what is committed');
  });

  it('of a log from disk does not tell the term before its first entry', () => {
    const entries = [command(4, 2), command(5, 2)];
    const recovered = { ...founded(voters(1), entries), snapshot: meta };
    expect(new RaftLog(recovered).firstSendable).toBe(5);
  });
});

describe('a damaged disk', () => {
  it('with a gap in the log is refused', () => {
    const recovered = founded(voters(1), [command(2, 1), command(4, 1)]);
    expect(() => new RaftLog(recovered)).toThrow('contiguous');
  });

  it('with a log that begins after its snapshot is refused', () => {
    expect(() => new RaftLog(founded(voters(1), [command(3, 1)]))).toThrow('no gap');
  });

  it('that has lost what it knew to be committed is refused', () => {
    const recovered = founded(voters(1), logOf(1));
    const hardState = { ...recovered.hardState, commit: 9 };
    expect(() => new RaftLog({ ...recovered, hardState })).toThrow('committed is in');
  });
});

/** Copies of all members are begun so that nothing falls between two of them. */

import { beforeEach, describe, expect, it } from 'vitest';
import { uncoveredPartitions } from '../../../src/cli/backup-coverage.ts';
import { type BackupMember, openCopies } from '../../../src/cli/backup-streams.ts';
import { type CopyHead, encodeBlock } from '../../../src/kernel/backup-copy.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';

class Member implements BackupMember {
  readonly name: string;
  life = 1;
  deletes = 0;
  aborted = 0;
  silent = false;
  answersAs: string | undefined;
  knows: readonly string[] = ['n1', 'n2'];
  onCopy = () => {};

  constructor(name: string) {
    this.name = name;
  }

  async removalMark() {
    if (this.silent) throw new TransportError('unreachable', `${this.name} is down`);
    return { life: this.life, deletes: this.deletes };
  }

  async *copy(_: number, signal: AbortSignal) {
    signal.addEventListener('abort', () => this.aborted++);
    this.onCopy();
    const mark = { life: this.life, deletes: this.deletes };
    const node = this.answersAs ?? this.name;
    const head = { format: 1, node, mark, members: this.knows } as unknown as CopyHead;
    yield encodeBlock({ kind: 'head', head });
  }
}

let n1: Member;
let n2: Member;
let again: string[];

beforeEach(() => {
  n1 = new Member('n1');
  n2 = new Member('n2');
  again = [];
});

function open(patienceMs = 10_000) {
  const members = async () => [n1, n2];
  return openCopies({ members, patienceMs, onAgain: (reason) => again.push(reason) });
}

describe('copies of all members', () => {
  it('are taken at once where nobody removes anything', async () => {
    const { copies, missing } = await open();
    expect(copies.map(({ name }) => name)).toEqual(['n1', 'n2']);
    expect([missing.size, again]).toEqual([0, []]);
  });

  it('are begun anew where a member removed something since it was asked', async () => {
    let times = 2;
    n1.onCopy = () => {
      if (times-- > 0) n2.deletes++;
    };
    const { copies } = await open();
    expect(again).toEqual([
      expect.stringMatching(/^n2 is removing records/),
      expect.stringMatching(/^n2 is removing records/),
    ]);
    expect([n1.aborted, n2.aborted]).toEqual([2, 2]);
    expect(copies.map(({ head }) => head.mark.deletes)).toEqual([0, 2]);
  });

  it('are begun anew where a member was started anew, or joined', async () => {
    let starts = 1;
    n1.onCopy = () => {
      if (starts-- > 0) n2.life++;
      else n2.knows = ['n1', 'n2'];
    };
    n2.knows = ['n1', 'n2', 'n3'];
    await open();
    expect(again.length).toBe(1);
    expect(again[0]).toMatch(/n2 was started anew|n3 has joined/);
  });

  it('are given up where that goes on for too long', async () => {
    n1.onCopy = () => n1.deletes++;
    await expect(open(100)).rejects.toThrow(/n1 is removing records .* for 0.1 s: try again/);
  });

  it('lack those that cannot be asked, who are named', async () => {
    n2.silent = true;
    const { copies, missing } = await open();
    expect(copies.map(({ name }) => name)).toEqual(['n1']);
    expect([...missing]).toEqual([['n2', 'n2 is down']]);
  });

  it('are refused where two addresses lead to one node', async () => {
    n2.answersAs = 'n1';
    await expect(open()).rejects.toThrow('at the address of n2 is n1');
    expect([n1.aborted, n2.aborted]).toEqual([1, 1]);
  });

  it('are refused as a member refuses', async () => {
    n1.onCopy = () => {
      throw new QuorateError('overloaded', '2 copies are being made');
    };
    await expect(open()).rejects.toThrow('2 copies are being made');
    expect(n2.aborted).toBe(1);
  });
});

describe('a backup without some members', () => {
  const replicas = [['a', 'b', 'c'], ['b', 'c', 'd'], ['c', 'd', 'a'], ['a']];
  const of = (...levels: number[]) => levels.map((n) => ({ mode: 'dynamo' as const, n }));

  it('covers a partition where some replica of every majority is there', () => {
    expect(uncoveredPartitions(replicas, of(3), [])).toEqual([]);
    expect(uncoveredPartitions(replicas, of(3), ['b'])).toEqual([]);
    expect(uncoveredPartitions(replicas, of(3), ['b', 'c'])).toEqual([0, 1]);
    expect(uncoveredPartitions(replicas, of(3), ['a'])).toEqual([3]);
  });

  it('judges each number of replicas that a bucket has by itself', () => {
    expect(uncoveredPartitions(replicas, of(3, 1), ['c'])).toEqual([2]);
    expect(uncoveredPartitions(replicas, of(2), ['b', 'c'])).toEqual([0, 1].slice(1));
    expect(uncoveredPartitions(replicas, [{ mode: 'raft', n: 3 }], ['a', 'b', 'c'])).toEqual([]);
  });
});

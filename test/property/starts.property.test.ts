/**
 * Laws of `judgeStart` over random histories of one data directory: it is started, registered,
 * copied, and put back to copies. Each directory here remembers its whole past, which is the
 * truth; what it may tell of it is what `NodeLife` keeps.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeStart, type KnownStart, type Start } from '../../src/metadata/starts.ts';

interface Directory extends Start {
  /** Lives of all starts that it remembers, its own last. */
  readonly past: readonly number[];
  /** The last start that it heard was registered; 0 where none. */
  readonly registeredUpTo: number;
}

type Step =
  /** Of a registration it may not hear, because it dies before. */
  | { readonly do: 'start' | 'register' | 'register_unheard' | 'hear' | 'copy' }
  | { readonly do: 'put_back'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'start' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'register' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'register_unheard' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'hear' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'copy' }) },
  { weight: 2, arbitrary: fc.nat({ max: 20 }).map((which): Step => ({ do: 'put_back', which })) },
);
const steps = fc.array(step, { minLength: 5, maxLength: 60 });

/** What becomes of the directory, and what the group and one that listens know of it. */
class History {
  directory: Directory = { bootNumber: 1, life: 1, since: [], past: [1], registeredUpTo: 0 };
  group: KnownStart | undefined;
  listener: KnownStart | undefined;
  readonly #copies: Directory[] = [];
  #lives = 1;

  take(one: Step): void {
    switch (one.do) {
      case 'start':
        this.#start(this.directory);
        return;
      case 'register':
      case 'register_unheard':
        if (judgeStart(this.group, this.directory) === 'rolled_back') return;
        this.group = this.directory;
        if (one.do === 'register_unheard') return;
        this.directory = {
          ...this.directory,
          since: [],
          registeredUpTo: this.directory.bootNumber,
        };
        return;
      case 'hear':
        if (judgeStart(this.listener, this.directory) === 'newer') this.listener = this.directory;
        return;
      case 'copy':
        this.#copies.push(this.directory);
        return;
      case 'put_back': {
        const copy = this.#copies[one.which % Math.max(1, this.#copies.length)];
        if (copy !== undefined) this.#start(copy);
      }
    }
  }

  #start({ bootNumber, life, since, past, registeredUpTo }: Directory): void {
    const next = ++this.#lives;
    this.directory = {
      bootNumber: bootNumber + 1,
      life: next,
      since: [...since, life],
      past: [...past, next],
      registeredUpTo,
    };
  }
}

const descends = ({ past }: Directory, { bootNumber, life }: KnownStart) =>
  past[bootNumber - 1] === life;

/** How often a start was accepted and refused over all runs: a law of nothing is none. */
function check(law: (history: History) => boolean | undefined): Map<boolean, number> {
  const counts = new Map<boolean, number>();
  fc.assert(
    fc.property(steps, (taken) => {
      const history = new History();
      for (const one of taken) {
        history.take(one);
        const accepted = law(history);
        if (accepted !== undefined) counts.set(accepted, (counts.get(accepted) ?? 0) + 1);
      }
    }),
    { numRuns: 2_000 },
  );
  return counts;
}

describe('judging a start', () => {
  test('the group accepts what descends from the start that was registered, and nothing else', () => {
    const counts = check(({ group, directory }) => {
      if (group === undefined) return undefined;
      const accepted = judgeStart(group, directory) !== 'rolled_back';
      expect(accepted).toBe(descends(directory, group));
      return accepted;
    });
    expect(Math.min(counts.get(true) ?? 0, counts.get(false) ?? 0)).toBeGreaterThan(1_000);
  });

  test('whoever heard of a start accepts what descends from it', () => {
    check(({ listener, directory }) => {
      if (listener === undefined || !descends(directory, listener)) return undefined;
      expect(judgeStart(listener, directory)).not.toBe('rolled_back');
      return true;
    });
  });

  test('and nothing else, unless the group has registered a later start that does not', () => {
    const counts = check(({ listener, directory }) => {
      if (listener === undefined || directory.registeredUpTo > listener.bootNumber)
        return undefined;
      const accepted = judgeStart(listener, directory) !== 'rolled_back';
      expect(accepted).toBe(descends(directory, listener));
      return accepted;
    });
    expect(Math.min(counts.get(true) ?? 0, counts.get(false) ?? 0)).toBeGreaterThan(1_000);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { isMet } from '../../../src/coordinator/quorum.ts';
import { type Gathered, gather } from '../../../src/routing/gather.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

let simulation: Simulation;

beforeEach(() => {
  simulation = new Simulation(1, settle);
});

/** What a node does when it is asked: answers or fails after so long, or stays silent. */
type Behaviour = { answersAfterMs: number } | { failsAfterMs: number } | 'silent' | 'at once';

interface Question {
  readonly nodes: Readonly<Record<string, Behaviour>>;
  readonly needed: number;
  readonly ofPrimaries?: number;
  /** All nodes, unless others are named. */
  readonly primaries?: readonly string[];
  readonly atOnce?: number;
  readonly hedgeAfterMs?: number;
}

async function ask(question: Question): Promise<Gathered<string> & { asked: string[] }> {
  const asked: string[] = [];
  const { nodes, needed, ofPrimaries = 0, primaries = Object.keys(nodes) } = question;
  const { hedgeAfterMs = Number.POSITIVE_INFINITY, atOnce = 0 } = question;
  const gathered = await simulation.complete(
    gather({
      isEnough: (answered) => isMet({ needed, ofPrimaries, primaries }, answered),
      atOnce,
      hedgeAfterMs: () => hedgeAfterMs,
      candidates: Object.keys(nodes),
      deadline: 1_000,
      clock: new SimClock(simulation),
      ask: (node) => {
        asked.push(`${node}@${Math.round(simulation.nowMs)}`);
        const behaviour = nodes[node] as Behaviour;
        if (behaviour === 'at once') return node;
        return new Promise<string>((resolve, reject) => {
          if (behaviour === 'silent') return;
          if ('answersAfterMs' in behaviour) {
            simulation.schedule(behaviour.answersAfterMs, () => resolve(node));
          } else {
            simulation.schedule(behaviour.failsAfterMs, () => reject(new Error(node)));
          }
        });
      },
    }),
  );
  return { ...gathered, asked };
}

describe('gathering answers', () => {
  it('asks no more than it must while all goes well', async () => {
    const { enough, asked } = await ask({
      nodes: { a: 'at once', b: { answersAfterMs: 5 }, c: 'at once' },
      needed: 2,
      atOnce: 2,
    });
    expect({ enough, asked, at: simulation.nowMs }).toEqual({
      enough: true,
      asked: ['a@0', 'b@0'],
      at: 5,
    });
  });

  it('sets no timer when the answers are there at once', async () => {
    await ask({ nodes: { a: 'at once' }, needed: 1, atOnce: 1 });
    await simulation.advance(2_000);
    expect(simulation.traceHash).toBe(new Simulation(2, settle).traceHash);
  });

  it('asks the next when one fails', async () => {
    const { answers, failures, asked } = await ask({
      nodes: { a: { failsAfterMs: 10 }, b: { answersAfterMs: 5 }, c: 'silent' },
      needed: 1,
      atOnce: 1,
    });
    expect(asked).toEqual(['a@0', 'b@10']);
    expect(answers.map(({ node }) => node)).toEqual(['b']);
    expect(failures.map(({ node }) => node)).toEqual(['a']);
  });

  it('asks one more each time the hedge passes, and takes the first answers', async () => {
    const { answers, asked } = await ask({
      nodes: { a: 'silent', b: 'silent', c: { answersAfterMs: 5 } },
      needed: 1,
      atOnce: 1,
      hedgeAfterMs: 20,
    });
    expect(asked).toEqual(['a@0', 'b@20', 'c@40']);
    expect(answers.map(({ node }) => node)).toEqual(['c']);
    expect(simulation.nowMs).toBe(45);
  });

  it('gives up at once when too few are left', async () => {
    const { enough, answers } = await ask({
      nodes: { a: 'at once', b: { failsAfterMs: 3 }, c: { failsAfterMs: 7 } },
      needed: 2,
      atOnce: 3,
    });
    expect({ enough, reached: answers.length, at: simulation.nowMs }).toEqual({
      enough: false,
      reached: 1,
      at: 7,
    });
  });

  it('gives up at the deadline', async () => {
    const { enough } = await ask({
      nodes: { a: 'silent', b: 'silent' },
      needed: 1,
      atOnce: 2,
    });
    expect(enough).toBe(false);
    expect(simulation.nowMs).toBe(1_000);
  });

  it('goes on past a fallback until enough primaries have answered', async () => {
    const { enough, asked } = await ask({
      nodes: { a: 'at once', f: { answersAfterMs: 1 }, b: { answersAfterMs: 9 } },
      primaries: ['a', 'b'],
      needed: 2,
      ofPrimaries: 2,
    });
    expect({ enough, asked, at: simulation.nowMs }).toEqual({
      enough: true,
      asked: ['a@0', 'f@0', 'b@0'],
      at: 9,
    });
  });

  it('gives up at once when too few primaries are left, however many fallbacks there are', async () => {
    const { enough } = await ask({
      nodes: { a: 'at once', b: { failsAfterMs: 3 }, f: 'at once', g: 'at once' },
      primaries: ['a', 'b'],
      needed: 2,
      ofPrimaries: 2,
    });
    expect({ enough, at: simulation.nowMs }).toEqual({ enough: false, at: 3 });
  });

  it('asks nobody when there are too few to begin with', async () => {
    const { enough, asked } = await ask({ nodes: { a: 'at once' }, needed: 2, atOnce: 2 });
    expect({ enough, asked }).toEqual({ enough: false, asked: [] });
  });
});

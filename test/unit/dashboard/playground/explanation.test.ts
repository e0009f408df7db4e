/** What the playground says of what one sees. */

import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../../src/checkers/history.ts';
import { explain, type Scene } from '../../../../src/dashboard/playground/explanation.ts';
import {
  cutInto,
  healed,
  sidesOf,
  type Tables,
  WELL,
  withAll,
  withDisk,
  withPair,
} from '../../../../src/dashboard/playground/fault-plan.ts';
import type { Judged, Verdict } from '../../../../src/dashboard/playground/freshness.ts';
import { presetNamed } from '../../../../src/dashboard/playground/presets.ts';

const THREE = ['n1', 'n2', 'n3'];
const WHOLE = healed(THREE);

function textsOf(given: Partial<Scene> & { readonly tables?: Tables }): readonly string[] {
  const { names = THREE, tables = WHOLE } = given;
  const scene: Scene = {
    ...{ names, tables, sides: sidesOf(names, tables), paused: new Map(), replicas: 3 },
    ...{ preset: presetNamed('quorum'), recent: [], own: 'n1', unreachable: [], ...given },
  };
  return explain(scene).map(({ text }) => text);
}

function read(at: string, verdict: Verdict, behind = 0, code?: string): Judged {
  const info = code === undefined ? {} : { info: { code } };
  const base = { process: 0, key: 'k', at, invoke: 0, complete: 1, outcome: 'ok' } as const;
  return { operation: { ...base, op: 'read', ...info } as Operation, verdict, behind };
}

function write(at: string, value: number, verdict: Verdict, code?: string): Judged {
  const info = code === undefined ? {} : { info: { code } };
  const base = { process: 0, key: 'k', at, invoke: 0, complete: 1, outcome: 'ok' } as const;
  return { operation: { ...base, op: 'write', value, ...info } as Operation, verdict, behind: 0 };
}

describe('how the cluster is', () => {
  it('well', () => {
    expect(textsOf({})).toEqual(['All links are whole, and all nodes are reached.']);
  });

  it('with a node that is silent though nothing here cuts it off', () => {
    expect(textsOf({ unreachable: ['n2'] })).toEqual([
      'n1 does not reach n2, to which its links are whole: it is not running, or back in a moment.',
    ]);
    const cut = cutInto(WHOLE, [['n1', 'n3'], ['n2']]);
    expect(textsOf({ unreachable: ['n2'], tables: cut })).toHaveLength(1);
    const paused = new Map([['n2', 1_000]]);
    expect(textsOf({ unreachable: ['n2'], paused })).toEqual([
      expect.stringContaining('stands still'),
    ]);
  });

  it('in two, one side with a majority', () => {
    expect(textsOf({ tables: cutInto(WHOLE, [['n1', 'n2'], ['n3']]) })).toEqual([
      'All links between n1 and n2 on one side and n3 on the other are cut. n1 and n2 are 2 of 3: a majority.',
    ]);
  });

  it('in two halves, in three parts, or with fewer replicas than nodes', () => {
    const names = ['n1', 'n2', 'n3', 'n4'];
    const tables = cutInto(healed(names), [
      ['n1', 'n2'],
      ['n3', 'n4'],
    ]);
    expect(textsOf({ names, tables, replicas: 4 })[0]).toContain('No side has more than half');
    expect(textsOf({ names, tables })[0]).toContain('how many of its 3 replicas');
    expect(textsOf({ tables: cutInto(WHOLE, [['n1'], ['n2'], ['n3']]) })[0]).toBe(
      'The cluster is in 3 parts that hear nothing of each other: n1; n2; n3. No side has more than half of the nodes.',
    );
  });

  it('with links that are slow, lossy or one-way, disks that are slow, nodes that are paused', () => {
    const oneWay = withPair(WHOLE, THREE, ['n1', 'n2'], { ...WELL, cut: 'first' });
    const slow = withAll(oneWay, THREE, { delayMs: 100, loss: 0.2 });
    const tables = withDisk(slow, 'n3', { delay: { distribution: 'constant', ms: 200 } });
    const texts = textsOf({ tables, paused: new Map([['n2', 4_200]]) });
    expect(texts).toEqual([
      expect.stringMatching(/^What n1 sends to n2 is lost/),
      expect.stringMatching(/^n2 stands still for 5 s more/),
      expect.stringMatching(/take 100 ms longer each way/),
      expect.stringMatching(/^20 % of the messages/),
      expect.stringMatching(/^The disk of n3 is slow/),
    ]);
  });
});

describe('what readers meet', () => {
  it('all of them well', () => {
    const recent = THREE.map((node) => read(node, 'fresh'));
    expect(textsOf({ recent })[1]).toBe('Readers at n1, n2 and n3 see every acknowledged write.');
  });

  it('old values on one side: available, not consistent', () => {
    const recent = [read('n1', 'fresh'), read('n3', 'stale', 1), read('n3', 'stale', 7)];
    expect(textsOf({ recent, preset: presetNamed('one') }).slice(1)).toEqual([
      'Readers at n1 see every acknowledged write.',
      'Readers at n3 are answered, with values up to 7 writes old. Serving on with what is at hand is the AP side of CAP.',
    ]);
    expect(textsOf({ recent, preset: presetNamed('raft') })[2]).not.toContain('CAP');
  });

  it('refusals on one side: consistent, not available', () => {
    const refused = (code: string) => [read('n3', 'refused', 0, code)];
    const told = (code: string, preset: string) =>
      textsOf({ recent: refused(code), preset: presetNamed(preset) })[1];
    expect(told('read_quorum_not_met', 'strict')).toBe(
      'Readers at n3 are refused (read_quorum_not_met). No answer rather than a wrong one is the CP side of CAP.',
    );
    expect(told('session_unavailable', 'session')).toContain('would break its promise');
    expect(told('node_unreachable', 'one')).toContain('The node itself does not answer');
    expect(textsOf({ recent: [...refused('x'), read('n3', 'fresh')] })[1]).toContain(
      'now and then',
    );
  });
});

describe('what the writer meets', () => {
  it('is told apart: done, certainly not done, in doubt', () => {
    const recent = [
      write('n1', 1, 'acknowledged'),
      write('n1', 2, 'refused', 'too_few_replicas'),
      ...[3, 4, 5, 6].map((value) => write('n1', value, 'unknown')),
    ];
    expect(textsOf({ recent }).slice(1)).toEqual([
      'Writes at n1 are acknowledged.',
      'Writes at n1 are refused (too_few_replicas): they have certainly not happened.',
      expect.stringMatching(/^Of 3 and 4 … 6 nobody knows whether they were written/),
    ]);
    expect(textsOf({ recent: [write('n2', 9, 'unknown')] })[1]).toContain(
      'Of 9 nobody knows whether it was',
    );
  });
});

/** What a run of the playground keeps. */

import { describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../../../src/dashboard/answer.ts';
import { LiveRun } from '../../../../src/dashboard/playground/live-run.ts';
import { PRESETS, presetNamed } from '../../../../src/dashboard/playground/presets.ts';

const SETTINGS = { writer: 'n1', readers: [], perSecond: 10 };

function start() {
  let time = 0;
  const paths: string[] = [];
  const run = new LiveRun({
    ask: async (path) => {
      paths.push(path);
      return {
        status: 204,
        headers: new Headers(),
        body: new Uint8Array(),
        tookMs: 1,
      } as ApiAnswer;
    },
    now: () => time,
    sleep: async (ms) => {
      await new Promise((resolve) => setImmediate(resolve));
      time += ms;
    },
  });
  const pass = async (ms: number) => {
    const until = time + ms;
    while (time < until) {
      time += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { run, paths, pass };
}

describe('a run', () => {
  it('keeps what ended, under a key of its own each time', async () => {
    const { run, paths, pass } = start();
    expect(run.isRunning).toBe(false);
    run.start(PRESETS[0], SETTINGS, 'run-x');
    await pass(1_000);
    expect(run.judged.length).toBeGreaterThan(3);
    run.start(presetNamed('quorum'), SETTINGS, 'run-x');
    await pass(1_000);
    run.stop();
    expect(run.isRunning).toBe(false);
    const keys = new Set(paths.map((path) => path.split('?')[0]));
    expect([...keys]).toEqual(['/kv/playground-one/run-x-1', '/kv/playground-quorum/run-x-2']);
    await pass(500);
    const [latest, kept] = [run.latest, run.judged.length];
    await pass(500);
    expect([run.latest, run.judged.length]).toEqual([latest, kept]);
    run.clear();
    expect(run.judged).toEqual([]);
  });

  it('keeps from when to when something was wrong', async () => {
    const { run, pass } = start();
    run.setFault('');
    await pass(10);
    run.setFault('partition n1 | n2');
    run.setFault('partition n1 | n2');
    await pass(10);
    run.setFault('pause n1');
    await pass(10);
    run.setFault('');
    const [first, second] = run.faults;
    expect(run.faults).toHaveLength(2);
    expect([first?.fault, second?.fault]).toEqual(['partition n1 | n2', 'pause n1']);
    expect(first?.until).toBe(second?.from);
    expect((second?.until ?? 0) - (second?.from ?? 0)).toBe(10);
    run.setFault('again');
    run.clear();
    expect(run.faults).toMatchObject([{ fault: 'again', until: null }]);
  });
});

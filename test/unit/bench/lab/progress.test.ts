import { expect, it } from 'vitest';
import { progressOn } from '../../../../bench/lab/progress.ts';

function watched(output: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = [];
  let time = 0;
  const progress = progressOn({ ...output, write: (text) => written.push(text) }, 'E3', () => time);
  return {
    written,
    progress,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

it('writes a line from time to time where lines stay', () => {
  const { written, progress, pass } = watched({});
  progress.at(0, 'starting');
  pass(9_999);
  progress.at(0.2, 'not told');
  pass(1);
  progress.at(0.25, 'round 2');
  expect(written).toEqual([
    'E3 ........................   0% starting\n',
    'E3 ######..................  25% 30 s left, round 2\n',
  ]);
});

it('writes over one line of a terminal, which it does not break', () => {
  const { written, progress, pass } = watched({ isTTY: true, columns: 40 });
  progress.at(0.5, 'a text that is longer than the line');
  pass(200);
  progress.at(1.7, '');
  progress.note('done');
  const [first = '', second = '', last] = written;
  expect(first.startsWith('\r\x1b[2KE3 ####')).toBe(true);
  expect(first.length - '\r\x1b[2K'.length).toBe(39);
  expect(second).toContain('100%');
  expect(last).toBe('\r\x1b[2Kdone\n');
});

it('counts what is left in minutes where it is long, and says nothing where it cannot know', () => {
  const { written, progress, pass } = watched({});
  pass(60_000);
  progress.at(0.1, 'a');
  pass(10_000);
  progress.at(0.01, 'b');
  expect(written[0]).toContain('9 min left');
  expect(written[1]).not.toContain('left');
});

import { describe, expect, test } from 'vitest';
import { judgeStart, type KnownStart, type Start } from '../../../src/metadata/starts.ts';

/** Lives of the real history by number of the start. */
const REAL = [0, 101, 102, 103, 104, 105, 106, 107, 108, 109];
/** Of what a copy became that was put back. */
const COPY = [0, 101, 102, 103, 104, 105, 206, 207, 208, 209, 210, 211, 212];

const known = (history: readonly number[], bootNumber: number): KnownStart => ({
  bootNumber,
  life: history[bootNumber] as number,
});

/** Start `bootNumber` of a directory that last heard of a registration at start `registered`. */
function start(history: readonly number[], bootNumber: number, registered: number): Start {
  return { ...known(history, bootNumber), since: history.slice(registered, bootNumber) };
}

describe('a start', () => {
  test('of whom nothing is known is news', () => {
    expect(judgeStart(undefined, start(REAL, 1, 1))).toBe('newer');
    expect(judgeStart(undefined, start(REAL, 9, 5))).toBe('newer');
  });

  test('that is the known one is known, before and after it was registered', () => {
    expect(judgeStart(known(REAL, 6), start(REAL, 6, 5))).toBe('known');
    expect(judgeStart(known(REAL, 6), start(REAL, 6, 6))).toBe('known');
  });

  test('with the number of the known one and another life was rolled back', () => {
    expect(judgeStart(known(REAL, 6), start(COPY, 6, 5))).toBe('rolled_back');
  });

  test('before the known one was rolled back, also with the life that it had then', () => {
    for (const bootNumber of [1, 4, 5]) {
      expect(judgeStart(known(REAL, 6), start(REAL, bootNumber, 1))).toBe('rolled_back');
    }
  });

  test('right after the known one is news', () => {
    expect(judgeStart(known(REAL, 5), start(REAL, 6, 5))).toBe('newer');
    expect(judgeStart(known(REAL, 1), start(REAL, 2, 1))).toBe('newer');
  });
});

describe('a copy of start 5 that is put back after start 7 was registered', () => {
  test('is found out, however often it is started', () => {
    for (let bootNumber = 6; bootNumber < COPY.length; bootNumber++) {
      const copy = start(COPY, bootNumber, 5);
      expect([bootNumber, judgeStart(known(REAL, 7), copy)]).toEqual([bootNumber, 'rolled_back']);
    }
  });

  test('is found out also where start 5 was not registered itself', () => {
    for (let bootNumber = 6; bootNumber < COPY.length; bootNumber++) {
      for (const registered of [1, 3]) {
        const copy = start(COPY, bootNumber, registered);
        expect([bootNumber, judgeStart(known(REAL, 7), copy)]).toEqual([bootNumber, 'rolled_back']);
      }
    }
  });
});

describe('a directory whose starts after 5 were never registered', () => {
  const ninth = start(REAL, 9, 5);

  test.each([5, 6, 7, 8])('is accepted at start 9 by who knows start %i of it', (bootNumber) => {
    expect(judgeStart(known(REAL, bootNumber), ninth)).toBe('newer');
  });

  test.each([5, 6, 7, 8, 9])('is refused by who knows another start %i', (bootNumber) => {
    expect(judgeStart({ bootNumber, life: 999 }, ninth)).toBe('rolled_back');
  });

  test('is accepted by who heard of it last before it was registered', () => {
    for (const bootNumber of [1, 4]) {
      expect(judgeStart(known(REAL, bootNumber), ninth)).toBe('newer');
    }
  });
});

describe('a start that is registered', () => {
  test('tells of none before it, and older known ones are fine', () => {
    const ninth = start(REAL, 9, 9);
    expect(ninth.since).toEqual([]);
    for (let bootNumber = 1; bootNumber < 9; bootNumber++) {
      expect(judgeStart(known(REAL, bootNumber), ninth)).toBe('newer');
    }
  });
});

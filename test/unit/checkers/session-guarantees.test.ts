/** Hand-made histories of sessions, good and bad. */

import { describe, expect, it } from 'vitest';
import { checkCausality } from '../../../src/checkers/causal-consistency.ts';
import type { Operation } from '../../../src/checkers/history.ts';
import { checkSessions, type KeyGuarantee } from '../../../src/checkers/session-guarantees.ts';
import { sessionsOf } from '../../../src/checkers/session-history.ts';

const ALL: readonly KeyGuarantee[] = ['ryw', 'mr', 'mw', 'wfr'];

/** Each operation of the history after the one before it. */
function history(...operations: readonly Partial<Operation>[]): readonly Operation[] {
  return operations.map(
    (operation, i) =>
      ({
        process: 0,
        key: 'k',
        invoke: i,
        complete: i + 0.5,
        outcome: 'ok',
        ...operation,
      }) as Operation,
  );
}

/** The value is the dot's text. */
function write(session: string, dot: string, more: Partial<Operation> = {}): Partial<Operation> {
  return { session, op: 'write', value: dot, output: { dot }, ...more } as Partial<Operation>;
}

function remove(session: string, dot: string, more: Partial<Operation> = {}): Partial<Operation> {
  return { session, op: 'delete', output: { dot }, ...more } as Partial<Operation>;
}

function read(
  session: string,
  clock: Readonly<Record<string, number>>,
  shown: readonly string[],
  more: Partial<Operation> = {},
): Partial<Operation> {
  const siblings = shown.map((dot) => ({ dot, value: dot }));
  return { session, op: 'read', output: { clock, siblings }, ...more } as Partial<Operation>;
}

const broken = (operations: readonly Operation[]) => [
  ...new Set(checkSessions(sessionsOf(operations), ALL).map(({ check }) => check)),
];
const patterns = (operations: readonly Operation[]) =>
  checkCausality(sessionsOf(operations)).map(({ text }) => text.split(':')[0]);

describe('one key', () => {
  it('keeps all four where everybody sees everything', () => {
    const good = history(
      read('a', {}, []),
      write('a', 'x:1'),
      read('a', { x: 1 }, ['x:1']),
      read('b', { x: 1 }, ['x:1']),
      write('b', 'y:1'),
      write('b', 'y:2'),
      read('a', { x: 1, y: 2 }, ['y:2']),
      read('c', { x: 1 }, ['x:1']),
    );
    expect(broken(good)).toEqual([]);
    expect(patterns(good)).toEqual([]);
  });

  it('breaks read-your-writes where a session misses what it wrote', () => {
    const bad = history(write('a', 'x:1'), read('a', {}, []));
    expect(checkSessions(sessionsOf(bad), ALL)).toMatchObject([
      { check: 'ryw', operations: [0, 1] },
    ]);
    expect(broken(history(write('a', 'x:1'), read('b', {}, [])))).toEqual([]);
  });

  it('is not broken by a write that has been replaced', () => {
    expect(broken(history(write('a', 'x:1'), read('a', { x: 1, y: 1 }, ['y:1'])))).toEqual([]);
  });

  it('obliges nobody by a write of unknown outcome, or one that failed', () => {
    for (const outcome of ['unknown', 'fail'] as const) {
      const doubtful = { session: 'a', op: 'write', value: 'v', outcome } as Partial<Operation>;
      expect(broken(history(doubtful, read('a', {}, [])))).toEqual([]);
    }
  });

  it('breaks monotonic reads where a later read has seen less', () => {
    const bad = history(
      write('w', 'x:1'),
      read('a', { x: 1 }, ['x:1']),
      read('b', {}, []),
      read('a', {}, []),
    );
    expect(checkSessions(sessionsOf(bad), ALL)).toMatchObject([
      { check: 'mr', operations: [1, 3] },
    ]);
  });

  it('does so where one of two siblings is gone again', () => {
    const bad = history(
      write('w', 'x:1'),
      write('v', 'y:1'),
      read('a', { x: 1, y: 1 }, ['x:1', 'y:1']),
      read('a', { x: 1 }, ['x:1']),
    );
    expect(broken(bad)).toEqual(['mr']);
  });

  it('may know nothing after a delete that the session made or saw', () => {
    const made = history(write('a', 'x:1'), remove('a', 'x:2'), read('a', {}, []));
    expect(broken(made)).toEqual([]);
    expect(patterns(made)).toEqual([]);
    const seen = history(write('w', 'x:1'), read('a', { x: 2 }, []), read('a', {}, []));
    expect(broken(seen)).toEqual([]);
    const again = history(
      write('a', 'x:1'),
      remove('a', 'x:2'),
      write('a', 'x:3'),
      read('a', {}, []),
    );
    expect(broken(again)).toEqual(['ryw']);
    expect(patterns(again)).toEqual(['WriteCOInitRead']);
    const others = history(
      write('a', 'x:1'),
      remove('a', 'x:2'),
      read('a', { x: 2, y: 1 }, ['y:1']),
      read('a', {}, []),
    );
    expect(broken(others)).toEqual(['mr']);
    const deletedByAnother = history(
      write('a', 'x:1'),
      read('a', { x: 1, y: 1 }, []),
      read('a', {}, []),
    );
    expect(broken(deletedByAnother)).toEqual([]);
    expect(patterns(deletedByAnother)).toEqual([]);
    const blind = history(
      write('w', 'x:1'),
      write('w', 'z:1', { key: 'm' }),
      remove('a', 'x:2', { replaces: { clock: { x: 1 } } }),
      read('a', { z: 1 }, ['z:1'], { key: 'm' }),
      read('a', {}, []),
    );
    expect(patterns(blind)).toEqual([]);
    const blindToIt = blind.with(2, {
      ...blind[2],
      output: { dot: 'y:1' },
      replaces: {},
    } as Operation);
    expect(patterns(blindToIt)).toEqual(['WriteCOInitRead']);
    const older = history(write('a', 'x:1'), remove('a', 'x:2'), read('a', { x: 1 }, ['x:1']));
    expect(broken(older)).toEqual(['ryw']);
  });

  it('breaks monotonic writes where anybody sees the second without the first', () => {
    const bad = history(write('a', 'x:1'), write('a', 'y:1'), read('b', { y: 1 }, ['y:1']));
    expect(checkSessions(sessionsOf(bad), ALL)).toMatchObject([
      { check: 'mw', operations: [0, 2] },
    ]);
    const good = history(write('a', 'x:1'), write('a', 'y:1'), read('b', { x: 1 }, ['x:1']));
    expect(broken(good)).toEqual([]);
  });

  it('breaks writes-follow-reads where anybody sees a write without what its writer read', () => {
    const bad = history(
      write('w', 'x:1'),
      read('a', { x: 1 }, ['x:1']),
      write('a', 'y:1'),
      read('b', { y: 1 }, ['y:1']),
    );
    expect(checkSessions(sessionsOf(bad), ALL)).toMatchObject([
      { check: 'wfr', operations: [1, 3] },
    ]);
  });

  it('knows single writes of a context, and reads that do not tell dots', () => {
    const named = { replaces: { dots: ['y:2'] } } as Partial<Operation>;
    const good = history(
      write('w', 'y:2'),
      write('w', 'z:1', { key: 'm' }),
      remove('a', 'x:1', named),
      read('a', { z: 1 }, ['z:1'], { key: 'm' }),
      read('a', {}, []),
    );
    expect(patterns(good)).toEqual([]);
    const untold = { session: 'a', op: 'read', output: { clock: {}, values: [] } } as const;
    expect(broken(history(write('a', 'x:1'), untold))).toEqual(['ryw']);
  });

  it('says where a history lacks what is needed', () => {
    const lacking = history(write('a', 'x:1'), {
      session: 'a',
      op: 'read',
      output: { values: [] },
    } as Partial<Operation>);
    expect(() => checkSessions(sessionsOf(lacking), ALL)).toThrow(
      'operation 2 (session "a", key "k") does not tell the clock',
    );
    const nameless = history(read('a', {}, []), { ...write('a', 'x:1'), output: {} });
    expect(() => checkCausality(sessionsOf(nameless))).toThrow(
      'operation 2 (session "a", key "k") was ack',
    );
    const other = history(read('a', {}, []), { session: 'a', op: 'increment', by: 1 });
    expect(() => checkSessions(sessionsOf(other), ALL)).toThrow('of the kind increment');
  });
});

describe('causality across keys', () => {
  const k = { key: 'k' };
  const m = { key: 'm' };

  it('is kept where what came before is seen', () => {
    const good = history(
      write('a', 'x:1', k),
      write('a', 'z:1', m),
      read('b', { z: 1 }, ['z:1'], m),
      read('b', { x: 1 }, ['x:1'], k),
      read('c', {}, [], k),
      read('c', {}, [], m),
    );
    expect(patterns(good)).toEqual([]);
  });

  it('WriteCOInitRead: nothing is known, though a value was read that came after', () => {
    const bad = history(
      write('a', 'x:1', k),
      write('a', 'z:1', m),
      read('b', { z: 1 }, ['z:1'], m),
      read('b', {}, [], k),
    );
    expect(patterns(bad)).toEqual(['WriteCOInitRead']);
    expect(checkCausality(sessionsOf(bad))[0]?.operations).toEqual([0, 3]);
    expect(broken(bad)).toEqual([]);
  });

  it('WriteCORead: only what is older is seen', () => {
    const bad = history(
      write('a', 'x:1', k),
      write('a', 'x:2', k),
      write('a', 'z:1', m),
      read('b', { z: 1 }, ['z:1'], m),
      read('b', { x: 1 }, ['x:1'], k),
    );
    expect(patterns(bad)).toEqual(['WriteCORead']);
  });

  it('goes through a third session, on a key of its own', () => {
    const bad = history(
      write('a', 'x:1', k),
      write('a', 'z:1', m),
      read('b', { z: 1 }, ['z:1'], m),
      write('b', 'q:1', { key: 'n' }),
      read('c', { q: 1 }, ['q:1'], { key: 'n' }),
      read('c', {}, [], k),
    );
    expect(patterns(bad)).toEqual(['WriteCOInitRead']);
  });

  it('is kept by a write that followed the one that is missed', () => {
    const good = history(
      write('a', 'x:1', k),
      write('a', 'z:1', m),
      read('b', { z: 1 }, ['z:1'], m),
      write('b', 'y:1', k),
      read('c', { y: 1 }, ['y:1'], k),
    );
    expect(patterns(good)).toEqual([]);
  });

  it('counts a write of unknown outcome from where it was seen', () => {
    const doubtful = { session: 'a', op: 'write', value: 'x:1', outcome: 'unknown', ...k };
    const unseen = history(doubtful as Partial<Operation>, read('a', {}, [], k));
    expect(patterns(unseen)).toEqual([]);
    const seen = history(
      write('a', 'z:1', m),
      doubtful as Partial<Operation>,
      read('b', { x: 1 }, ['x:1'], k),
      read('b', {}, [], m),
    );
    expect(patterns(seen)).toEqual(['WriteCOInitRead']);
  });

  it('ThinAirRead: a value that nobody wrote', () => {
    expect(patterns(history(read('a', { x: 1 }, ['x:1'])))).toEqual(['ThinAirRead']);
  });

  it('CyclicCO: a session reads what another wrote after it had read this one’s later write', () => {
    const bad = history(
      read('a', { y: 1 }, ['y:1'], m),
      write('a', 'x:1', k),
      read('b', { x: 1 }, ['x:1'], k),
      write('b', 'y:1', m),
    );
    expect(patterns(bad)).toEqual(['CyclicCO']);
  });
});

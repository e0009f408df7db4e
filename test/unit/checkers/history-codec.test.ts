import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/checkers/history.ts';
import { decodeHistory, encodeHistory } from '../../../src/checkers/history-codec.ts';
import { HistoryError } from '../../../src/checkers/history-error.ts';
import {
  add,
  append,
  cas,
  increment,
  MISMATCH,
  read,
  readAll,
  remove,
  write,
} from './hand-made.ts';

const good = { process: 0, key: 'k', op: 'read', invoke: 1, complete: 2, outcome: 'ok' };

/** What is said of a second line, after a good one. */
function faultOf(line: string | object): string {
  const first = JSON.stringify({ ...good, output: { value: null } });
  const second = typeof line === 'string' ? line : JSON.stringify(line);
  try {
    decodeHistory(`${first}\n${second}\n`);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    expect(error.line).toBe(2);
    return error.message;
  }
  return 'none';
}

describe('a history', () => {
  it('comes back from its text as it was', () => {
    const history: Operation[] = [
      read([0, 1.5], null, { version: null }),
      { ...write([0], 'é\n'), session: 's', info: { node: 'n1', dots: [['n1', 1]] } },
      write([0, 1], 2, { ifVersion: 'tag', output: { version: 3 } }),
      write([0, 1], 2, { ifAbsent: true, ...MISMATCH }),
      cas([0, 1], null, 'a', { applied: false, value: 'b' }),
      remove([0, 1], { ifVersion: 1, ...MISMATCH }),
      append([0, 1], 'a'),
      append([0, 1], 'a', { ifPresent: true, output: { version: '1.2' } }),
      increment([0, 1], 1, undefined, { output: { applied: false, value: 'a', version: 2 } }),
      write([0, 1], 'a', { ttlMs: 50 }),
      increment([0, 1], -2, 5),
      { ...add([0, 1], 'e'), at: 'n1' },
      readAll([0, 1], ['a', 1], { final: true }),
      {
        ...read([0, 1], null),
        quorum: { n: 3, needed: 2, strict: false, blocking: true, fallbacks: 1, reached: ['n1'] },
        output: { clock: { 'n1.1': 2 }, siblings: [{ dot: 'n1.1:2', value: 'a' }] },
      },
      write([0, 1], 'a', {
        replaces: { values: ['b'], clock: { 'n1.1': 1 }, dots: ['n2.1:4'] },
        output: { dot: 'n1.1:2' },
      }),
      remove([0, 1], { replaces: {} }),
    ];
    expect(decodeHistory(encodeHistory({ operations: history })).operations).toEqual(history);
    expect(encodeHistory({ operations: history }).split('\n')).toHaveLength(history.length + 1);
  });

  it('begins with facts, and ends with faults', () => {
    const history = {
      facts: { workload: 'set', seed: 1, checks: ['losses'], settings: { n: [1, null] } },
      operations: [append([0, 1], 'a')],
      faults: [
        { fault: 'partition n1 | n2', from: 1, until: null },
        { fault: 'wipe n1', from: 2, until: 2, nodes: ['n1'], wiped: ['n1'] },
      ],
    };
    const text = encodeHistory(history);
    expect(text).toMatch(/^\{"history":1,"workload":"set",/);
    expect(decodeHistory(text)).toEqual(history);
    expect(decodeHistory(encodeHistory({ operations: [] }))).toEqual({
      facts: {},
      operations: [],
      faults: [],
    });
  });

  it('may have blank lines', () => {
    const text = encodeHistory({ operations: [append([0, 1], 'a')] });
    expect(decodeHistory(`\n${text}\r\n\n`).operations).toHaveLength(1);
  });

  it.each([
    [
      'no JSON',
      '{"process":',
      'line 2: "{\\"process\\":" is not JSON: give one JSON object a line',
    ],
    ['no object', '[1]', 'line 2: "[1]" is not an object: give one JSON object a line'],
  ])('is refused where there is %s', (_, text, message) => {
    expect(faultOf(text)).toBe(message);
  });

  it.each([
    [{ ...good, op: 'put' }, /"op" is .*put.*: give "read" or "write" or "cas" or/],
    [{ ...good, process: 'a' }, '"process" is "a": give a whole number from 0'],
    [{ ...good, invoke: undefined }, '"invoke" is missing: give a number of milliseconds'],
    [{ ...good, output: {} }, '"output.value" is missing: give a string, a number, or null'],
    [{ ...good, output: { value: true } }, '"output.value" is true: give a string, a number'],
    [{ ...good, outcome: 'timeout' }, 'give "ok" or "fail" or "unknown"'],
    [{ ...good, complete: 0 }, '"complete" is 0, before "invoke", 1: give a time from 1 on'],
    [{ ...good, complete: null }, '"complete" is null though "outcome" is "ok"'],
    [{ ...good, vlaue: 1 }, '"vlaue" is not a field of this operation; it has: process, session,'],
    [{ ...good, output: { value: 1, version: null } }, '"output.value" and "output.version" dis'],
    [{ ...good, outcome: 'fail', output: { value: 1 } }, 'has no "output": leave it out'],
    [{ ...good, op: 'write', value: null }, '"value" is null: give a string or a number'],
    [{ ...good, op: 'write', value: 1, ...MISMATCH }, 'a plain write always applies: leave out'],
    [{ ...good, op: 'write', value: 1, ifVersion: 1, ifAbsent: true }, 'both "ifVersion" and'],
    [{ ...good, op: 'write', value: 1, output: { value: 1 } }, 'give "output.applied": false'],
    [{ ...good, op: 'delete', output: { version: null } }, '"output.version" is the one that a'],
    [{ ...good, op: 'cas', value: 1 }, '"expected" is missing: give a string, a number, or null'],
    [{ ...good, op: 'append', value: 1 }, '"value" is 1: give a string'],
    [{ ...good, op: 'increment', by: 0.5 }, '"by" is 0.5: give a whole number'],
    [{ ...good, output: { value: 1, values: [1] } }, 'there are several of "output.value"'],
    [{ ...good, output: { siblings: [{ dot: 'x', value: 1 }] } }, '"output.siblings.dot" is "x"'],
    [{ ...good, output: { siblings: [{ dto: 'x:1', value: 1 }] } }, '"output.siblings.dto" is not'],
    [{ ...good, output: { clock: { x: -1 }, values: [] } }, '"output.clock" is {"x":-1}: give an'],
    [{ ...good, quorum: { n: 3, needed: 2 } }, '"quorum.strict" is missing: give true or false'],
    [{ ...good, quorum: { n: 3, w: 2 } }, '"quorum.w" is not a field of this operation; it has'],
    [{ ...good, op: 'write', value: 1, replaces: { value: 1 } }, '"replaces.value" is not a'],
    [{ ...good, op: 'write', value: 1, final: true }, '"final" is not a field'],
    [{ fault: 'kill', from: 1 }, '"until" is missing: give a number of milliseconds, or null'],
    [{ fault: 'kill', from: 2, until: 1 }, '"until" is 1, before "from", 2'],
    [{ fault: 'kill', from: 2, until: 3, op: 'read' }, '"op" is not a field of this fault'],
    [{ history: 1 }, 'facts stand in the first line: give them once, before all'],
    [{ ...good, op: 'append', value: 'a', output: { value: 'a' } }, 'give "output.applied": false'],
    [{ ...good, op: 'append', value: 'a', ...MISMATCH }, 'a plain append always applies'],
    [{ ...good, op: 'increment', by: 1, output: { value: 'a' } }, 'an increment makes a whole'],
    [{ ...good, op: 'add', value: 'a', output: { value: 'a' } }, 'it has: none'],
  ])('is refused where a line is %j', (line, message) => {
    const isRead = 'outcome' in line && line.op === 'read' && line.outcome === 'ok';
    const given = isRead && !('output' in line) ? { ...line, output: { value: null } } : line;
    expect(faultOf(given)).toMatch(message);
  });

  it('is refused where its facts are not those of this format', () => {
    const factsFault = (facts: object) => () => decodeHistory(JSON.stringify(facts));
    expect(factsFault({ history: 2 })).toThrow('"history" is "2": this format is 1');
    expect(factsFault({ history: 1, checks: 'losses' })).toThrow('give a list of strings');
  });

  it('is decoded or refused, whatever a line holds', () => {
    const fields = fc.dictionary(
      fc.constantFrom(...Object.keys(good), 'output', 'value', 'ifVersion', 'fault', '__proto__'),
      fc.oneof(fc.constantFrom('read', 'write', 'ok', 1, 2, null), fc.jsonValue()),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fields.map((line) => JSON.stringify(line)),
          fc.string(),
        ),
        (text) => {
          try {
            decodeHistory(text);
          } catch (error) {
            expect(error).toBeInstanceOf(HistoryError);
          }
        },
      ),
    );
  });
});

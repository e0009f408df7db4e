import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/checkers/history.ts';
import { decodeHistory, encodeHistory } from '../../../src/checkers/history-codec.ts';
import { HistoryError } from '../../../src/checkers/history-error.ts';
import { append, cas, MISMATCH, read, remove, write } from './hand-made.ts';

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
    ];
    expect(decodeHistory(encodeHistory(history))).toEqual(history);
    expect(encodeHistory(history).split('\n')).toHaveLength(history.length + 1);
  });

  it('may have blank lines', () => {
    expect(decodeHistory(`\n${encodeHistory([append([0, 1], 'a')])}\r\n\n`)).toHaveLength(1);
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
    [{ ...good, op: 'write', value: 1, ...MISMATCH }, 'a write without "ifVersion" or "ifAbsent"'],
    [{ ...good, op: 'write', value: 1, ifVersion: 1, ifAbsent: true }, 'both "ifVersion" and'],
    [{ ...good, op: 'write', value: 1, output: { value: 1 } }, 'give "output.applied": false'],
    [{ ...good, op: 'delete', output: { version: null } }, '"output.version" is the one that a'],
    [{ ...good, op: 'cas', value: 1 }, '"expected" is missing: give a string, a number, or null'],
    [{ ...good, op: 'append', value: 1 }, '"value" is 1: give a string'],
    [{ ...good, op: 'append', value: 'a', output: { value: 'a' } }, 'it has: none'],
  ])('is refused where a line is %j', (line, message) => {
    const output = line.op === 'read' && !('output' in line) ? { output: { value: null } } : {};
    const given = line.outcome === 'ok' ? { ...line, ...output } : line;
    expect(faultOf(given)).toMatch(message);
  });

  it('is decoded or refused, whatever a line holds', () => {
    const fields = fc.dictionary(
      fc.constantFrom(...Object.keys(good), 'output', 'value', 'ifVersion', '__proto__'),
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

import { describe, expect, it } from 'vitest';
import { parseJepsenRegister } from '../../../src/checkers/jepsen-register.ts';
import { parsePorcupineKv } from '../../../src/checkers/porcupine-kv.ts';

const jepsen = (...events: string[]) =>
  parseJepsenRegister(events.map((event) => `INFO  jepsen.util - ${event}\n`).join(''));

describe('the log of a register of Jepsen', () => {
  it('becomes operations with the lines as times', () => {
    const history = jepsen('0\t:invoke\t:read\tnil', '1 :invoke :write 3', '0\t:ok\t:read\t3');
    expect(history).toEqual([
      {
        process: 0,
        key: 'register',
        op: 'read',
        invoke: 1,
        complete: 3,
        outcome: 'ok',
        output: { value: 3 },
      },
      {
        process: 1,
        key: 'register',
        op: 'write',
        value: 3,
        invoke: 2,
        complete: null,
        outcome: 'unknown',
      },
    ]);
  });

  it('knows what each failure claims', () => {
    const endOf = (f: string, end: string) =>
      jepsen(`0 :invoke ${f}`, `0 ${end}`).map(({ outcome, output }) => ({ outcome, output }));
    expect(endOf(':cas [nil 1]', ':fail :cas [nil 1]')).toEqual([
      { outcome: 'ok', output: { applied: false } },
    ]);
    expect(endOf(':read nil', ':fail :read :timed-out')).toMatchObject([{ outcome: 'unknown' }]);
    expect(endOf(':write 1', ':fail :write 1')).toMatchObject([{ outcome: 'fail' }]);
    expect(endOf(':cas [1 2]', ':info :cas :timed-out')).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('passes over the nemesis', () => {
    expect(jepsen(':nemesis :info :start nil')).toEqual([]);
  });

  it.each([
    [['what is this'], /^line 1: .* is not an event: give "INFO jepsen.util - PROCESS/],
    [['0 :ok :read 1'], 'line 1: process 0 completes a read that it has not invoked'],
    [['0 :invoke :read nil', '0 :invoke :read nil'], /^line 2: process 0 invokes before .* line 1/],
    [['0 :invoke :write nil'], 'line 1: nil is not a value to write: give a whole number'],
    [['0 :invoke :cas [1]'], 'line 1: "[1]" is not a comparison: give [EXPECTED NEW]'],
    [
      ['0 :invoke :read nil', '0 :ok :read x'],
      'line 2: "x" is not a value: give a whole number or',
    ],
  ])('is refused where it reads %j', (events, message) => {
    expect(() => jepsen(...events)).toThrow(message);
  });
});

describe('the log of a key-value test of porcupine', () => {
  const event = (type: string, f: string, value: string) =>
    `{:process 0, :type :${type}, :f :${f}, :key "a b", :value ${value}}\n`;

  it('becomes operations with the lines as times', () => {
    const text = [
      event('invoke', 'append', '"x \\"0\\" y"'),
      event('ok', 'append', '"x \\"0\\" y"'),
      event('invoke', 'get', 'nil'),
      event('ok', 'get', '""'),
      event('invoke', 'put', '"z"'),
    ];
    const common = { process: 0, key: 'a b', outcome: 'ok' };
    expect(parsePorcupineKv(text.join(''))).toEqual([
      { ...common, op: 'append', value: 'x "0" y', invoke: 1, complete: 2 },
      { ...common, op: 'read', invoke: 3, complete: 4, output: { value: '' } },
      { ...common, op: 'write', value: 'z', invoke: 5, complete: null, outcome: 'unknown' },
    ]);
  });

  it.each([
    ['{}', /^line 1: "\{\}" is not an event: give \{:process N, /],
    [event('invoke', 'put', 'nil'), 'line 1: there is nothing to put: give a text as :value'],
    [event('invoke', 'put', '"\\x"'), /^line 1: .* is not a text: give one that is escaped as in/],
  ])('is refused where it reads %j', (text, message) => {
    expect(() => parsePorcupineKv(text)).toThrow(message);
  });
});

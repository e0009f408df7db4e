import { describe, expect, it } from 'vitest';
import { heardOfError } from '../../../src/checkers/heard-error.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';

const READ = { process: 1, key: 'k', op: 'read' } as const;

function newRecorder(): Recorder {
  let nowMs = 0;
  return new Recorder(() => nowMs++);
}

describe('what is recorded', () => {
  it('is of unknown outcome until it is told what came of it', () => {
    const recorder = newRecorder();
    const end = recorder.begin(READ);
    const open = { ...READ, invoke: 0, complete: null, outcome: 'unknown' };
    expect(recorder.history().operations).toEqual([open]);
    end({ outcome: 'ok', output: { value: 'a' } });
    const ended = { ...READ, invoke: 0, complete: 1, outcome: 'ok', output: { value: 'a' } };
    expect(recorder.history().operations).toEqual([ended]);
  });

  it('is what was told last, of what was asked for again', () => {
    const recorder = newRecorder();
    const end = recorder.begin(READ);
    end({ outcome: 'fail', info: { error: 'a' } });
    end({ outcome: 'ok', output: { value: null } });
    const [operation] = recorder.operations;
    expect(operation).toEqual({
      ...READ,
      ...{ invoke: 0, complete: 2, outcome: 'ok', output: { value: null } },
    });
  });

  it('is what a request came to, which rejects all the same', async () => {
    const recorder = newRecorder();
    const told = (value: string) => ({ output: { value } });
    expect(await recorder.record(READ, async () => 'a', told)).toBe('a');
    const lost = new TransportError('timeout', 'late');
    await expect(recorder.record(READ, () => Promise.reject(lost), told)).rejects.toBe(lost);
    const write = { ...READ, op: 'write', value: 'b' } as const;
    await expect(recorder.record(write, () => Promise.reject(lost), told)).rejects.toBe(lost);
    const wrong = new TypeError('no function');
    await expect(recorder.record(READ, () => Promise.reject(wrong), told)).rejects.toBe(wrong);
    expect(recorder.operations).toMatchObject([
      { outcome: 'ok', output: { value: 'a' } },
      // A read without an answer had no effect.
      { op: 'read', outcome: 'fail', complete: 3, info: { error: 'timeout' } },
      { op: 'write', outcome: 'unknown', complete: 5, info: { error: 'timeout' } },
      { outcome: 'unknown', complete: null },
    ]);
  });
});

describe('what a failed request tells', () => {
  it.each([
    [new TransportError('unreachable', ''), 'fail'],
    [new TransportError('overloaded', ''), 'fail'],
    [new TransportError('disconnected', ''), 'unknown'],
    [new TransportError('timeout', ''), 'unknown'],
    [new QuorateError('overloaded', ''), 'fail'],
    [new QuorateError('outcome_unknown', ''), 'unknown'],
    [new QuorateError('overloaded', '', { definite: false }), 'unknown'],
  ])('is what the product says of it: %s', (error, outcome) => {
    expect(heardOfError(error).outcome).toBe(outcome);
  });

  it('is nothing where it is no answer of a store', () => {
    expect(() => heardOfError(new TypeError('no function'))).toThrow('no function');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FrameDecoder,
  FrameError,
} from '../../../src/adapters/peer/frame.ts';
import { callFrame, readReply, readRequest } from '../../../src/adapters/peer/message.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';

/** What crosses: null and not undefined, no negative zero, no key that is kept from objects. */
const body = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n }),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
})).value;

function decode(chunks: readonly Buffer[]): unknown[] {
  const decoder = new FrameDecoder();
  const values: unknown[] = [];
  let frames = 0;
  for (const chunk of chunks) frames += decoder.push(chunk, (value) => values.push(value));
  expect(frames).toBe(values.length);
  return values;
}

function split(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, i) => stream.subarray(from, places[i] ?? stream.length));
}

describe('frames', () => {
  it('decode to what was encoded, however the stream was cut', () => {
    fc.assert(
      fc.property(
        fc.array(body, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (values, cuts) => {
          const stream = Buffer.concat(values.map((value) => Buffer.from(encodeFrame(value))));
          expect(decode(split(stream, cuts))).toEqual(values);
        },
      ),
    );
  });

  it('decode when every byte comes alone', () => {
    const values = [{ a: 1 }, 'two', [3n], Buffer.alloc(300, 7)];
    const stream = Buffer.concat(values.map((value) => Buffer.from(encodeFrame(value))));
    expect(decode(split(stream, [...stream.keys()]))).toEqual(values);
  });

  it('stay as they were when later ones are encoded', () => {
    const frames = Array.from({ length: 5_000 }, (_, n) =>
      encodeFrame({ n, text: 'x'.repeat(n % 300) }),
    );
    const values = decode([Buffer.concat(frames)]) as { n: number }[];
    expect(values.map(({ n }) => n)).toEqual(frames.map((_, n) => n));
  });

  it('of the largest size cost linear time in small chunks', () => {
    const bytes = Buffer.alloc(16 * 1024 * 1024, 5);
    const stream = encodeFrame({ bytes });
    const cuts = Array.from({ length: stream.length / 4_096 }, (_, i) => i * 4_096);
    const [value] = decode(split(stream, cuts)) as [{ bytes: Buffer }];
    expect(value.bytes.equals(bytes)).toBe(true);
  });

  it('that are too large are refused by the sender and by the receiver', () => {
    expect(() => encodeFrame(Buffer.alloc(FRAME_BYTES_MAX + 1))).toThrow(QuorateError);
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    header.writeUInt32BE(FRAME_BYTES_MAX + 1);
    expect(() => decode([header])).toThrow(FrameError);
    expect(() => decode([header.subarray(0, 3), header.subarray(3)])).toThrow(FrameError);
  });

  it('after a large one do not hold on to its memory', () => {
    encodeFrame(Buffer.alloc(8 * 1024 * 1024));
    expect(encodeFrame('small').buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
  });

  it('that are empty or are not one value are refused', () => {
    const header = (bytes: number, ...rest: number[]) => Buffer.from([0, 0, 0, bytes, ...rest]);
    expect(() => decode([header(0)])).toThrow(FrameError);
    expect(() => decode([header(2, 1, 1)])).toThrow(FrameError);
    expect(() => decode([header(2, 0xa5, 0x61)])).toThrow(FrameError);
  });

  it('of garbage end in a FrameError or in values that are no messages', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const framed = bytes.map((body) => {
      const header = Buffer.alloc(FRAME_HEADER_BYTES);
      header.writeUInt32BE(body.length);
      return Buffer.concat([header, body]);
    });
    fc.assert(
      fc.property(
        fc.oneof(
          bytes.map((raw) => Buffer.from(raw)),
          framed,
        ),
        (chunk) => {
          try {
            new FrameDecoder().push(chunk, (value) => {
              for (const read of [readRequest, readReply]) {
                try {
                  read(value);
                } catch (error) {
                  expect(error).toBeInstanceOf(FrameError);
                }
              }
            });
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('are read as messages only in their exact shape', () => {
    const [call] = decode([callFrame(7, 'replica.put', 250, { key: 'k' })]);
    expect(readRequest(call)).toEqual([0, 7, 'replica.put', 250, { key: 'k' }]);
    expect(() => readReply(call)).toThrow(FrameError);
    const wrong = [
      null,
      7,
      {},
      [],
      [9],
      [0, -1, 'k', 1, 0],
      [0, 1, 2, 3],
      [0, 1, 'k', Number.NaN],
      [1, 2],
    ];
    for (const message of wrong) expect(() => readRequest(message)).toThrow(FrameError);
    for (const message of [null, [2, 'x'], [3, 1, null], [3, 1, {}], [0, 1, 'k', 1]]) {
      expect(() => readReply(message)).toThrow(FrameError);
    }
  });
});

/** A change with an id of its client runs once. */

import { beforeEach, describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../src/kernel/bytes.ts';
import { recoveredState } from '../../../src/metadata/recovered-snapshot.ts';
import { replyCodec } from '../../../src/metadata/reply.ts';
import { OUTCOMES_MAX } from '../../../src/metadata/request-outcomes.ts';
import { MetadataState } from '../../../src/metadata/state.ts';
import { bytes, bytesOf, Log, requestId, restored, textOf } from './cluster.ts';

const ID = { requestId: requestId(1_000) };
const FORGOTTEN = { ok: false as const, code: 'outcome_unknown', facts: { forgotten: true } };

let log: Log;
let bucket: number;

const textAt = (key: string) => textOf(log.state.values.get(bucket, bytes(key))?.value);

beforeEach(() => {
  log = new Log();
  bucket = log.raftBucket();
});

it('for a bucket of a number that none can have is refused like any other', () => {
  const refusal = log.increment(2 ** 48, 'k', 1, ID);
  expect(refusal).toMatchObject({ ok: false, code: 'no_such_bucket' });
  expect(log.increment(2 ** 48, 'k', 1, ID)).toEqual(refusal);
});

describe('a change that is asked for again', () => {
  it('is answered as it was, and does not run again', () => {
    const first = log.increment(bucket, 'k', 1, ID);
    log.increment(bucket, 'k', 10);
    expect(log.increment(bucket, 'k', 1, ID)).toEqual(first);
    expect(textAt('k')).toBe('11');
  });

  it('does so after a delete of its key, and of its bucket', () => {
    const added = log.increment(bucket, 'k', 1, ID);
    log.delete(bucket, 'k');
    expect(log.increment(bucket, 'k', 1, ID)).toEqual(added);
    expect(textAt('k')).toBeUndefined();
    log.run({ type: 'delete_bucket', name: 'config' });
    expect(log.increment(bucket, 'k', 1, ID)).toEqual(added);
  });

  it('does so on a node that was restored from a snapshot', () => {
    const ids = [3, 1, 2].map((time) => ({ requestId: requestId(time) }));
    const [add, put, remove] = ids;
    const first = [
      log.increment(bucket, 'n', 1, add),
      log.put(bucket, 'k', 'v', put),
      log.delete(bucket, 'k', remove),
    ];
    const copy = new Log(restored(log.state));
    for (const each of [log, copy]) {
      const { values } = each.state;
      const before = values.revision;
      expect([
        each.increment(bucket, 'n', 1, add),
        each.put(bucket, 'k', 'v', put),
        each.delete(bucket, 'k', remove),
      ]).toEqual(first);
      expect(values.revision).toBe(before);
    }
    expect(bytesOf(copy.state)).toBe(bytesOf(log.state));
  });

  it('does so in a cluster that was begun anew', () => {
    const first = log.increment(bucket, 'k', 1, ID);
    const { chunks } = recoveredState(log.state.snapshot(), 'fedcba9876543210', 5_000);
    const anew = new Log(MetadataState.decode(chunks));
    expect(anew.increment(bucket, 'k', 1, ID)).toEqual(first);
  });

  it.each([
    ['condition_failed', (more: object) => log.put(bucket, 'k', 'x', { ...CREATE, ...more })],
    ['condition_failed', (more: object) => log.delete(bucket, 'k', { ...STALE, ...more })],
    ['not_a_number', (more: object) => log.increment(bucket, 'k', 1, more)],
    ['value_too_large', (more: object) => log.append(bucket, 'k', 'x'.repeat(65_536), more)],
  ])('hears the refusal %s again, though it would be taken now', (code, ask) => {
    log.put(bucket, 'k', 'v');
    const refused = ask(ID);
    expect(refused).toMatchObject({ ok: false, code });
    log.delete(bucket, 'k');
    expect(ask(ID)).toEqual(refused);
    expect(textAt('k')).toBeUndefined();
  });

  it('hears that a delete found nothing, though there is something now', () => {
    const first = log.delete(bucket, 'k', ID);
    expect(first).toMatchObject({ ok: true, existed: false });
    log.put(bucket, 'k', 'v');
    expect(log.delete(bucket, 'k', ID)).toEqual(first);
    expect(textAt('k')).toBe('v');
  });

  it('runs where it was refused for what is not of the key and may be over', () => {
    const other = log.raftBucket('other');
    const put = () => log.put(other, 'k', 'v', { ...ID, lease: log.state.index + 1 });
    expect(put()).toMatchObject({ ok: false, code: 'no_such_lease' });
    expect(log.put(99, 'k', 'v', ID)).toMatchObject({ ok: false, code: 'no_such_bucket' });
    expect(log.put(other, 'k', 'v', ID)).toMatchObject({ ok: true });
  });
});

const CREATE = { condition: { ifNoneMatch: 'any' as const } };
const STALE = { condition: { ifMatch: [1] } };

it('the same id under another key, or in another bucket, names another change', () => {
  const other = log.raftBucket('other');
  for (const [number, key] of [
    [bucket, 'k'],
    [bucket, 'kk'],
    [other, 'k'],
  ] as const) {
    const revision = log.state.index + 1;
    const added = { revision, result: 1 };
    expect(log.increment(number, key, 1, ID)).toMatchObject(added);
    expect(log.increment(number, key, 1, ID)).toMatchObject(added);
  }
});

it('that an outcome is forgotten is said as well to a node that asks again after a snapshot', () => {
  const reply = { ...FORGOTTEN, code: 'outcome_unknown', detail: 'gone' } as const;
  const writer = new ByteWriter();
  replyCodec.write(writer, reply);
  expect(replyCodec.read(new ByteReader(writer.view()))).toEqual(reply);
});

describe('of too many outcomes', () => {
  const idAt = (timeMs: number) => ({ requestId: requestId(timeMs) });

  /** At these times, until no more are kept. */
  function fill(from: number, count = OUTCOMES_MAX): void {
    for (let at = 0; at < count; at++) log.increment(bucket, 'full', 1, idAt(from + at));
  }

  it('those of the lowest times are forgotten, and what is as old does not run', () => {
    log.increment(bucket, 'k', 1, idAt(500));
    fill(1_000, OUTCOMES_MAX - 1);
    expect(log.increment(bucket, 'k', 1, idAt(500))).toMatchObject({ result: 1 });
    log.increment(bucket, 'k', 10, idAt(2 ** 47));
    expect(textAt('k')).toBe('11');
    for (const timeMs of [500, 499, 0]) {
      expect(log.increment(bucket, 'k', 100, idAt(timeMs))).toMatchObject(FORGOTTEN);
    }
    expect(log.increment(bucket, 'k', 100, { requestId: requestId(500, 1) })).toMatchObject(
      FORGOTTEN,
    );
    expect(textAt('k')).toBe('11');
    const copy = new Log(restored(log.state));
    for (const each of [log, copy]) {
      expect(each.increment(bucket, 'k', 100, idAt(499))).toMatchObject(FORGOTTEN);
    }
    expect(bytesOf(copy.state)).toBe(bytesOf(log.state));
    // Later than the mark, and never seen: it runs. What is kept is still answered.
    expect(log.increment(bucket, 'k', 100, idAt(501))).toMatchObject({ result: 111 });
    expect(log.increment(bucket, 'full', 1, idAt(1_001))).toMatchObject({ result: 2 });
  });

  it('a client whose clock is ahead makes nobody else forgotten', () => {
    fill(1_000, 10);
    for (let at = 0; at < OUTCOMES_MAX - 10; at++) {
      log.increment(bucket, 'ahead', 1, idAt(60_000_000 + at));
    }
    log.increment(bucket, 'ahead', 1, idAt(70_000_000));
    expect(log.increment(bucket, 'k', 1, idAt(2_000))).toMatchObject({ result: 1 });
    expect(log.increment(bucket, 'k', 1, idAt(2_000))).toMatchObject({ result: 1 });
    expect(log.increment(bucket, 'full', 1, idAt(1_009))).toMatchObject({ result: 10 });
  });

  it('one that is older than all that are kept runs, and is forgotten at once', () => {
    fill(1_000);
    expect(log.increment(bucket, 'k', 1, idAt(900))).toMatchObject({ ok: true, result: 1 });
    expect(log.increment(bucket, 'k', 1, idAt(900))).toMatchObject(FORGOTTEN);
    expect(log.increment(bucket, 'k', 1, idAt(901))).toMatchObject({ ok: true, result: 2 });
    expect(log.increment(bucket, 'full', 1, idAt(1_000))).toMatchObject({ result: 1 });
  });
});

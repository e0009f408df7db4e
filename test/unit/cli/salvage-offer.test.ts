import { beforeEach, describe, expect, it } from 'vitest';
import { offerAll, type SalvageTally } from '../../../src/cli/salvage-offer.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { type ErrorCode, QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import { OFFER_BATCH_BYTES } from '../../../src/kernel/offer.ts';
import type { SalvageBatch, SalvageOutcome } from '../../../src/kernel/salvage-batch.ts';
import type { SalvageableRecord } from '../../../src/node/index.ts';

const node = { clusterId: 'c', nodeNo: 3, name: 'n3', directoryId: 'd3' };
const later: SalvageOutcome = {
  outcome: 'refused',
  code: 'too_few_replicas',
  detail: 'n2 cannot be reached',
  retry: true,
};

/** What was sent, and what the node answers to the objects of the nth call. */
let sent: SalvageBatch[];
let answer: (call: number, batch: SalvageBatch) => readonly SalvageOutcome[];
let slept: number;

beforeEach(() => {
  sent = [];
  slept = 0;
  answer = (_, { objects }) => objects.map(() => ({ outcome: 'merged' }));
});

function record(name: string, bytes = 10): SalvageableRecord {
  const place = { partition: 0, bucketNumber: 1, reap: 0 };
  const content = { ...place, key: utf8(name), object: new Uint8Array(bytes) };
  return { kind: 'object', content };
}

function offer(records: readonly SalvageableRecord[], dryRun = false): Promise<SalvageTally> {
  const client = {
    salvage: async (batch: SalvageBatch) => {
      sent.push(batch);
      return answer(sent.length - 1, batch);
    },
  };
  const sleep = async (ms: number) => {
    slept += ms;
  };
  const patience = { patienceMs: 10_000, sleep };
  return offerAll({ client, node, dryRun, ...patience, onProgress: () => {} }, records);
}

const sizes = () => sent.map(({ objects }) => objects.length);

describe('offering what a directory holds', () => {
  it('asks whether anything may be taken before the directory is read', async () => {
    answer = () => {
      throw new QuorateError('salvage_refused', 'n3 was not declared dead');
    };
    const unread = {
      [Symbol.iterator]: (): Iterator<SalvageableRecord> => {
        throw new Error('the directory was read');
      },
    };
    const offered = offer(unread as unknown as SalvageableRecord[]);
    await expect(offered).rejects.toThrow('was not declared dead');
    expect(slept).toBe(0);
  });

  it('goes in batches of a mebibyte, and of a thousand', async () => {
    await offer(Array.from({ length: 2_500 }, (_, i) => record(`k${i}`)));
    expect(sizes()).toEqual([0, 1_000, 1_000, 500]);
    sent = [];
    const large = [3, 0.6, 0.3, 0.3, 2].map((part) => record('k', part * OFFER_BATCH_BYTES));
    await offer(large);
    expect(sizes()).toEqual([0, 1, 2, 1, 1]);
  });

  it('counts each end that a record came to, and sends nothing that is damaged', async () => {
    const ends: SalvageOutcome[] = [
      { outcome: 'merged' },
      { outcome: 'present' },
      { outcome: 'present' },
      { outcome: 'reaped' },
      { outcome: 'no_bucket' },
      { outcome: 'refused', code: 'bad_request', detail: 'why', retry: false },
    ];
    answer = (call) => (call === 0 ? [] : ends);
    const records = ends.map((_, i) => record(`k${i}`));
    const damaged: SalvageableRecord = { kind: 'hint', content: 'damaged' };
    expect(await offer([damaged, ...records])).toEqual({
      objects: 6,
      hints: 1,
      salvaged: 1,
      present: 2,
      reaped: 1,
      damaged: 1,
      noBucket: 1,
      refused: new Map([['bad_request', { count: 1, detail: 'why' }]]),
    });
    expect(sizes()).toEqual([0, 6]);
  });

  it('offers again only what may be taken later, until it is or patience ends', async () => {
    answer = (call, { objects }) =>
      objects.map((_, i) => (i === 0 && call < 4 ? later : { outcome: 'merged' }));
    const tally = await offer([record('a'), record('b')]);
    expect(sizes()).toEqual([0, 2, 1, 1, 1]);
    expect(tally).toMatchObject({ salvaged: 2, refused: new Map() });

    answer = (_, { objects }) => objects.map(() => later);
    sent = [];
    slept = 0;
    const given = await offer([record('a'), record('b', OFFER_BATCH_BYTES)]);
    expect(given.refused.get('too_few_replicas')).toEqual({
      count: 2,
      detail: 'n2 cannot be reached',
    });
    expect(slept).toBeLessThan(15_000);
    // The second has no patience left to wait for, and is tried once all the same.
    expect(sent.at(-1)?.objects[0]?.key).toEqual(utf8('b'));
  });

  it('asks again where no answer came, and gives up in the end', async () => {
    answer = (call, { objects }) => {
      if (call === 1) throw new TransportError('disconnected', 'broke');
      if (call === 2) throw new QuorateError('metadata_unavailable', 'no leader');
      return objects.map(() => ({ outcome: 'present' }));
    };
    expect(await offer([record('a')])).toMatchObject({ objects: 1, present: 1 });
    answer = () => {
      throw new TransportError('unreachable', 'nobody there');
    };
    await expect(offer([record('a')])).rejects.toThrow('nobody there');
  });

  it.each<[ErrorCode, number]>([
    ['salvage_refused', 1],
    ['not_a_member', 1],
  ])('ends at once where the node will never take it: %s', async (code) => {
    answer = (call) => {
      if (call > 0) throw new QuorateError(code, 'closed meanwhile');
      return [];
    };
    await expect(offer([record('a')])).rejects.toThrow('closed meanwhile');
    expect(slept).toBe(0);
  });

  it('counts an object that is too large for the node, and goes on', async () => {
    answer = (_, { objects }) => {
      if (objects.some(({ object }) => object.length > OFFER_BATCH_BYTES)) {
        throw new QuorateError('value_too_large', 'too large');
      }
      return objects.map(() => ({ outcome: 'merged' }));
    };
    const tally = await offer([record('a', 2 * OFFER_BATCH_BYTES), record('b')]);
    expect(tally.salvaged).toBe(1);
    expect(tally.refused.get('value_too_large')).toMatchObject({ count: 1 });
  });

  it('says that nothing is to be written, where it is not', async () => {
    await offer([record('a')], true);
    expect(sent.every(({ dryRun }) => dryRun)).toBe(true);
  });
});

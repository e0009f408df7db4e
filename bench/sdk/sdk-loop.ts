/**
 * The closed loop through the SDK: so many workers, each of which asks again as soon as it is
 * answered. Keys, values and levels are those of the plain client's workload.
 */

import { bytes, Quorate } from '../../src/client/index.ts';
import { BUCKET, keyText, randomBelow, type WorkloadPlan } from '../throughput/cases.ts';
import type { SdkClient, Target } from '../throughput/contestant.ts';
import type { GeneratorJob } from '../throughput/generator.ts';
import { type Measurement, Recording } from '../throughput/recording.ts';

/** Operations of one batch. */
export const BATCH_SIZE = 50;

type Ask = () => Promise<void>;

/** A batch counts as so many operations, each of which took as long as it. */
export async function runSdkLoop(
  { targets, connections, workload, drive }: GeneratorJob,
  client: SdkClient,
): Promise<Measurement> {
  if (drive.loop !== 'closed') throw new Error('the SDK is driven in a closed loop only');
  const db = new Quorate({ nodes: targets.map(urlOf) });
  const ask = client === 'batch' ? batches(db, workload) : singles(db, workload);
  const size = client === 'batch' ? BATCH_SIZE : 1;
  const recording = new Recording({ next: () => '', fault: () => undefined });
  const from = performance.now() + drive.warmUpMs;
  const to = from + drive.measureMs;
  const work = async () => {
    for (let askedAt = performance.now(); askedAt < to; askedAt = performance.now()) {
      const fault = await faultOf(ask);
      const now = performance.now();
      for (let i = 0; i < size; i++) {
        if (now < from || now >= to) recording.discard();
        else recording.add({ status: 0, bodyBytes: 0, ...(fault && { fault }) }, now - askedAt);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  await db.close();
  return recording.measurement(drive.measureMs);
}

async function faultOf(ask: Ask): Promise<string | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function singles(db: Quorate, plan: WorkloadPlan): Ask {
  const bucket = db.bucket(BUCKET, { codec: bytes() });
  const { level, valueBytes } = plan;
  const nextKey = keysOf(plan);
  const value = Buffer.alloc(valueBytes, 'v');
  if (plan.operation === 'put') {
    return async () => {
      await bucket.put(nextKey(), value, { w: level });
    };
  }
  return async () => {
    const found = await bucket.get(nextKey(), { r: level });
    if (found.found !== 'value' || found.value.length !== valueBytes) throw new Error('no value');
  };
}

function batches(db: Quorate, plan: WorkloadPlan): Ask {
  const bucket = db.bucket(BUCKET, { codec: bytes() });
  const { level, valueBytes, operation } = plan;
  const nextKey = keysOf(plan);
  const value = Buffer.alloc(valueBytes, 'v');
  return async () => {
    const operations = Array.from({ length: BATCH_SIZE }, () =>
      operation === 'put'
        ? ({ op: 'put', key: nextKey(), value, w: level } as const)
        : ({ op: 'get', key: nextKey(), r: level } as const),
    );
    const results = await bucket.batch(operations);
    if (results.some(({ ok }) => !ok)) throw new Error('an operation of a batch failed');
  };
}

function keysOf({ operation, overwrite, keyPrefix, keys }: WorkloadPlan): () => string {
  let written = 0;
  const isKnown = operation === 'get' || overwrite === true;
  return () => keyText(keyPrefix, isKnown ? randomBelow(keys) : written++);
}

function urlOf({ host, port }: Target): string {
  return `http://${host}:${port}`;
}

/**
 * Takes the keys of a backup into this cluster, by way of this node (`quorate restore`).
 *
 * **Nothing is written over, and nothing comes back.** Objects of dynamo buckets are merged into
 * their replicas by the ordinary way. Their dots are those of the old cluster, whose actors no node
 * of this one ever is (lineages are drawn at random), so no later dot is taken for one of them, and
 * no clock here covers one that has not come; contexts of the old cluster are refused for its id.
 * Values of paxos and raft buckets are put where there is none, once under their id.
 *
 * A key that is offered for the first time was never here, so no round of reaping that this node
 * knows of was about it; while it is on its way this node counts as one that holds it, and no round
 * ends. One that is offered again may have arrived, and been deleted and reaped since: it goes under
 * the number that it was first offered under, and is refused under a later one (`doubtful`), as what
 * a dead node's directory holds.
 */

import type { Coordinator } from '../../coordinator/coordinator.ts';
import { DecodeError } from '../../kernel/bytes.ts';
import { QuorateError } from '../../kernel/errors.ts';
import { refusedOffer } from '../../kernel/offer.ts';
import type { RestoreBatch, RestoredKey, RestoreOutcome } from '../../kernel/restore-batch.ts';
import { decodeContent, type RestoredContent } from '../../kernel/restored-content.ts';
import type { SalvagedObject, SalvageOutcome } from '../../kernel/salvage-batch.ts';
import type { Registers } from '../../paxos/registers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ReapAdoption } from '../../replica/reap-adoption.ts';
import type { Bucket } from '../../ring/cluster-view.ts';
import { planKey } from '../../routing/key-plan.ts';
import type { MetadataGroup } from '../metadata-group/metadata-group.ts';
import type { MetadataView } from '../metadata-group/metadata-view.ts';
import { errorOfReply } from '../raft-buckets.ts';
import type { Readiness } from '../readiness.ts';
import type { RequestLedger } from '../request-ledger.ts';

export interface RestorePorts {
  readonly clock: Clock;
  readonly view: MetadataView;
  readonly group: MetadataGroup;
  readonly requests: RequestLedger;
  readonly readiness: Readiness;
  readonly adoption: ReapAdoption;
  readonly coordinator: Coordinator;
  readonly registers: Registers;
}

/** Few, since others wait for their requests. */
const RESTORED_AT_ONCE = 16;

const GONE = 'the bucket that it is for was deleted';

const BUCKET_GONE: RestoreOutcome = {
  outcome: 'refused',
  code: 'no_such_bucket',
  detail: GONE,
  retry: false,
};

const IF_ABSENT = { ifNoneMatch: 'any' } as const;

export class Restore {
  readonly #ports: RestorePorts;

  constructor(ports: RestorePorts) {
    this.#ports = ports;
  }

  /** What became of each key, in their order. Throws `no_such_bucket`, `bucket_mode`, `bad_request`. */
  offer(batch: RestoreBatch, timeoutMs: number): Promise<readonly RestoreOutcome[]> {
    const { requests, readiness } = this.#ports;
    return requests.run('admin', timeoutMs, async (deadline) => {
      readiness.demand();
      const bucket = await this.#bucketOf(batch, deadline);
      if (bucket.mode === 'dynamo') return this.#merge(bucket, batch, deadline);
      return this.#putAll(bucket, batch, deadline);
    });
  }

  /** By its number, so that nothing goes into another one of its name. */
  async #bucketOf({ bucketNumber, mode }: RestoreBatch, deadline: number): Promise<Bucket> {
    const { view } = this.#ports;
    const isKnown = () => bucketNumber < view.nextBucketNumber;
    if (!isKnown() && !(await view.until(isKnown, deadline))) {
      throw new QuorateError(
        'out_of_time',
        `this node has not heard of bucket ${bucketNumber} yet`,
      );
    }
    const bucket = view.bucketNumbered(bucketNumber);
    if (bucket === undefined) throw new QuorateError('no_such_bucket', GONE);
    if (bucket.mode === mode) return bucket;
    const detail = `bucket ${bucket.name} is of mode ${bucket.mode}, not ${mode}`;
    throw new QuorateError('bucket_mode', detail);
  }

  async #merge(
    bucket: Bucket,
    { asOf, keys }: RestoreBatch,
    deadline: number,
  ): Promise<readonly RestoreOutcome[]> {
    const { view, adoption, coordinator } = this.#ports;
    const objects = keys.map(({ key, content }): SalvagedObject => {
      const { partition } = planKey(view, bucket.name, key).address;
      return { partition, bucketNumber: bucket.number, reap: asOf ?? 0, key, object: content };
    });
    const isFirst = asOf === undefined;
    const release = adoption.hold(isFirst ? objects.map(({ partition }) => partition) : []);
    try {
      const mode = { dryRun: false, held: isFirst };
      return (await coordinator.salvage(objects, mode, deadline)).map(outcomeOfSalvage);
    } finally {
      release();
    }
  }

  async #putAll(
    bucket: Bucket,
    { requestId, keys }: RestoreBatch,
    deadline: number,
  ): Promise<readonly RestoreOutcome[]> {
    const outcomes: RestoreOutcome[] = new Array(keys.length);
    const all = keys.entries();
    const worker = async () => {
      for (const [at, key] of all) outcomes[at] = await this.#put(bucket, key, requestId, deadline);
    };
    await Promise.all(Array.from({ length: RESTORED_AT_ONCE }, worker));
    return outcomes;
  }

  async #put(
    bucket: Bucket,
    { key, content: encoded }: RestoredKey,
    requestId: Uint8Array,
    deadline: number,
  ): Promise<RestoreOutcome> {
    try {
      const content = contentIn(encoded);
      // A register is found by its bucket's name, in this turn.
      if (this.#ports.view.bucketNumbered(bucket.number) === undefined) return BUCKET_GONE;
      return bucket.mode === 'paxos'
        ? await this.#putRegister(bucket, key, content, requestId, deadline)
        : await this.#putValue(bucket, key, content, requestId, deadline);
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      return outcomeOfError(error);
    }
  }

  async #putRegister(
    bucket: Bucket,
    key: Uint8Array,
    { value, contentType, meta, expiresAt }: RestoredContent,
    id: Uint8Array,
    deadline: number,
  ): Promise<RestoreOutcome> {
    const ttlMs = expiresAt === undefined ? 'none' : expiresAt - this.#ports.clock.wallTime();
    if (ttlMs !== 'none' && ttlMs <= 0) return { outcome: 'expired' };
    const put = { type: 'put', value, contentType, meta, carried: undefined, ttlMs } as const;
    const request = {
      bucket: bucket.name,
      key,
      change: { ...put, condition: IF_ABSENT },
      id,
      showsPresent: false,
    };
    const { outcome } = await this.#ports.registers.change(request, deadline);
    if (outcome === 'applied') return { outcome: 'restored' };
    if (outcome === 'condition_failed') return { outcome: 'present' };
    return { outcome: 'refused', code: outcome, detail: 'the value is not taken', retry: false };
  }

  async #putValue(
    { number: bucketNumber }: Bucket,
    key: Uint8Array,
    { value, contentType, meta }: RestoredContent,
    requestId: Uint8Array,
    deadline: number,
  ): Promise<RestoreOutcome> {
    const content = { value, contentType, meta, lease: undefined };
    const change = { condition: IF_ABSENT, requestId };
    const command = { type: 'put_value', bucketNumber, key, ...content, ...change } as const;
    const { reply } = await this.#ports.group.client.run(command, deadline);
    if (!reply.ok) throw errorOfReply(reply);
    return { outcome: 'restored' };
  }
}

/** Throws `bad_request`. */
function contentIn(encoded: Uint8Array): RestoredContent {
  try {
    return decodeContent(encoded);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the value ${error.message}`);
  }
}

function outcomeOfSalvage(salvaged: SalvageOutcome): RestoreOutcome {
  switch (salvaged.outcome) {
    case 'merged':
      return { outcome: 'restored' };
    case 'present':
      return { outcome: 'present' };
    case 'reaped':
      return { outcome: 'doubtful' };
    case 'no_bucket':
      return BUCKET_GONE;
    case 'refused':
      return salvaged;
  }
}

/** What may have been written is offered again under the same id, and is written once. */
function outcomeOfError(error: QuorateError): RestoreOutcome {
  const { code, facts, retry, definite } = error;
  if (code === 'condition_failed') return { outcome: 'present' };
  if (facts.forgotten === true) return { outcome: 'doubtful' };
  return { ...refusedOffer(error), retry: retry || !definite };
}

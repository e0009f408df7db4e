/** Buckets as clients see and change them: strongly consistent, by commands of the group. */

import { QuorateError } from '../kernel/errors.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { checkBucketName } from '../kernel/names.ts';
import type { BucketSettings } from '../metadata/buckets.ts';
import type { Command } from '../metadata/command.ts';
import type { Bucket } from '../ring/cluster-view.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import type { MetadataView } from './metadata-group/metadata-view.ts';
import { errorOfReply } from './raft-buckets.ts';
import type { RequestLedger } from './request-ledger.ts';

export interface PutBucketResult {
  readonly bucket: Bucket;
  readonly created: boolean;
}

export class Buckets {
  readonly #group: MetadataGroup;
  readonly #view: MetadataView;
  readonly #requests: RequestLedger;

  constructor(group: MetadataGroup, view: MetadataView, requests: RequestLedger) {
    this.#group = group;
    this.#view = view;
    this.#requests = requests;
  }

  /** All buckets, by name, as of now. Throws `metadata_unavailable`. */
  list(timeoutMs: number): Promise<readonly Bucket[]> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      const buckets = [...(this.#group.state?.buckets().values() ?? [])];
      return buckets.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  /** Throws `no_such_bucket`. */
  get(name: string, timeoutMs: number): Promise<Bucket> {
    checkBucketName(name);
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      const bucket = this.#view.bucket(name);
      if (bucket !== undefined) return bucket;
      throw new QuorateError('no_such_bucket', `there is no bucket ${JSON.stringify(name)}`);
    });
  }

  /** Creates the bucket, or changes what of it may change. Resolves when this node knows. */
  put(name: string, settings: BucketSettings, timeoutMs: number): Promise<PutBucketResult> {
    checkBucketName(name);
    return this.#requests.run('admin', timeoutMs, (deadline) =>
      this.#put({ type: 'put_bucket', name, settings, createOnly: false }, deadline),
    );
  }

  /** Its keys are out of reach when this resolves, and are removed in the background. */
  delete(name: string, timeoutMs: number): Promise<void> {
    checkBucketName(name);
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      const { index, reply } = await this.#group.client.run(
        { type: 'delete_bucket', name },
        deadline,
      );
      if (!reply.ok) throw errorOfReply(reply);
      await this.#group.runner.applied(index, deadline);
    });
  }

  /** For the first write into a bucket: several that come at once find the one bucket. */
  async createByWriting(name: string, deadline: number): Promise<void> {
    await this.#put({ type: 'put_bucket', name, settings: {}, createOnly: true }, deadline);
    if (this.#view.bucket(name) !== undefined) return;
    throw new QuorateError(
      'out_of_time',
      `bucket ${name} was created, and this node has not heard of it yet; nothing was written`,
    );
  }

  async #put(
    command: Extract<Command, { type: 'put_bucket' }>,
    deadline: number,
  ): Promise<PutBucketResult> {
    const { index, reply } = await this.#group.client.run(command, deadline);
    if (!reply.ok) throw errorOfReply(reply);
    if (reply.type !== 'put_bucket') throw new InvariantError('a bucket without a reply');
    await this.#group.runner.applied(index, deadline);
    return reply;
  }
}

/**
 * Which keys of raft buckets are attached to which lease.
 *
 * Kept by bucket, so that a bucket is dropped without looking at its keys.
 */

/** Of a raft bucket; one character a byte. */
interface KeyOfBucket {
  readonly bucketNumber: number;
  readonly at: string;
}

export class AttachedKeys {
  readonly #byLease = new Map<number, Map<number, Set<string>>>();

  add(lease: number, bucketNumber: number, at: string): void {
    let buckets = this.#byLease.get(lease);
    if (buckets === undefined) {
      buckets = new Map();
      this.#byLease.set(lease, buckets);
    }
    const keys = buckets.get(bucketNumber);
    if (keys === undefined) buckets.set(bucketNumber, new Set([at]));
    else keys.add(at);
  }

  remove(lease: number, bucketNumber: number, at: string): void {
    const buckets = this.#byLease.get(lease);
    const keys = buckets?.get(bucketNumber);
    keys?.delete(at);
    if (keys?.size === 0) this.#drop(lease, bucketNumber);
  }

  dropBucket(bucketNumber: number): void {
    for (const lease of [...this.#byLease.keys()]) this.#drop(lease, bucketNumber);
  }

  /** By bucket and key. */
  of(lease: number): readonly KeyOfBucket[] {
    const buckets = [...(this.#byLease.get(lease) ?? [])].sort(([one], [other]) => one - other);
    return buckets.flatMap(([bucketNumber, keys]) =>
      [...keys].sort().map((at) => ({ bucketNumber, at })),
    );
  }

  count(lease: number): number {
    let count = 0;
    for (const keys of this.#byLease.get(lease)?.values() ?? []) count += keys.size;
    return count;
  }

  #drop(lease: number, bucketNumber: number): void {
    const buckets = this.#byLease.get(lease);
    buckets?.delete(bucketNumber);
    if (buckets?.size === 0) this.#byLease.delete(lease);
  }
}

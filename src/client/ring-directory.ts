/**
 * The nodes that keep a key, as the cluster itself tells: its members, its ring and its buckets.
 *
 * A ring that is too old does no harm, since whoever is asked for a key that it does not keep
 * hands the request on, and says so: that is how a client learns that it should ask for the ring
 * anew. It does so too when a node cannot be reached, and now and then by itself.
 *
 * Among the nodes that could carry a request out the less loaded of two drawn at random is taken
 * (Mitzenmacher, The Power of Two Choices, 2001): the best of all would be everybody's choice.
 */

import { QuorateError } from '../kernel/errors.ts';
import { keyHash, partitionOfHash } from '../ring/key-hash.ts';
import { documentOf, succeeded } from './answers.ts';
import type {
  BucketDocument,
  BucketMode,
  ClusterStatus,
  NodeAddress,
  RingDocument,
} from './cluster-documents.ts';
import type { Call, ConnectionOptions } from './connection.ts';
import { type Directory, LEFT_ALONE_MS, type Target } from './directory.ts';
import { Peer } from './peer.ts';
import { bucketPath, bytesOf } from './request-text.ts';

/** What is known is asked for anew after so long, while there are requests. */
const KNOWN_FOR_MS = 30_000;
/** A bucket that was not there may be by now. */
const UNKNOWN_BUCKET_FOR_MS = 1_000;
/** From one reason to ask for the ring to the next that is heeded. */
const RELEARN_MS_MIN = 250;
/** For one answer about the cluster. */
const LEARN_MS_MAX = 2_000;

interface Known {
  readonly epoch: number;
  readonly partitionCount: number;
  /** By partition, in the order of the ring. */
  readonly replicas: readonly (readonly Peer[])[];
}

interface BucketFacts {
  readonly mode: BucketMode;
  readonly n: number;
  readonly exists: boolean;
  /** In `performance.now()`. */
  readonly learnedAt: number;
}

export class RingDirectory implements Directory {
  readonly #options: ConnectionOptions;
  readonly #seeds: readonly Peer[];
  /** By address; the seeds among them. */
  readonly #peers = new Map<string, Peer>();
  /** Members no more, with requests that are still running. */
  readonly #leaving = new Set<Peer>();
  readonly #buckets = new Map<string, BucketFacts>();
  readonly #askedBuckets = new Map<string, Promise<BucketFacts>>();
  #members: readonly Peer[] = [];
  #known: Known | undefined;
  #leader: Peer | undefined;
  #learning: Promise<void> | undefined;
  /** In `performance.now()`. */
  #learnedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** @param addresses of some nodes: `http://host:port`; the others are learned from them */
  constructor(addresses: readonly string[], options: ConnectionOptions = {}) {
    this.#options = options;
    this.#seeds = [...new Set(addresses.map((address) => this.#peerAt(address)))];
  }

  ready(target: Target | undefined): Promise<void> | undefined {
    const now = performance.now();
    if (this.#known === undefined && this.#learnedAt < 0) {
      return this.#learn().then(() => this.ready(target));
    }
    if (now - this.#learnedAt > KNOWN_FOR_MS) void this.#learn();
    if (target === undefined) return undefined;
    const facts = this.#buckets.get(target.bucket);
    if (facts === undefined) return ignoringFailure(this.#askForBucket(target.bucket));
    const knownForMs = facts.exists ? KNOWN_FOR_MS : UNKNOWN_BUCKET_FOR_MS;
    if (now - facts.learnedAt > knownForMs) void ignoringFailure(this.#askForBucket(target.bucket));
    return undefined;
  }

  /** Of a bucket that is not there the mode it will have when a write makes it. Throws as requests do. */
  modeOf(bucket: string): Promise<BucketMode> {
    return this.#askForBucket(bucket).then(({ mode }) => mode);
  }

  /** Undefined: not known, or there was no such bucket; somebody may have made it since. */
  knownMode(bucket: string): BucketMode | undefined {
    const facts = this.#buckets.get(bucket);
    return facts?.exists ? facts.mode : undefined;
  }

  choose(target: Target | undefined, tried: readonly Peer[]): Peer {
    const [keepers, first] = this.#preferred(target);
    const isLeft = (peer: Peer) => peer.serves && !tried.includes(peer);
    if (first !== undefined && isLeft(first)) return first;
    for (const peers of [keepers, this.#members, this.#seeds]) {
      const left = peers.filter(isLeft);
      if (left.length > 0) return lessLoaded(left);
    }
    const all = [...this.#peers.values()];
    const untried = all.filter((peer) => !tried.includes(peer));
    return lessLoaded(untried.length > 0 ? untried : all);
  }

  keeper(target: Target, tried: readonly Peer[]): Peer {
    const [keepers, first] = this.#preferred(target);
    const isLeft = (peer: Peer) => peer.serves && !tried.includes(peer);
    if (first !== undefined && isLeft(first)) return first;
    return keepers.find(isLeft) ?? this.choose(target, tried);
  }

  second(target: Target, tried: readonly Peer[]): Peer | undefined {
    const [keepers] = this.#preferred(target);
    const left = keepers.filter((peer) => peer.serves && !tried.includes(peer));
    return left.length > 0 ? lessLoaded(left) : undefined;
  }

  failed(peer: Peer, leaveAloneMs = LEFT_ALONE_MS): void {
    peer.leaveAlone(leaveAloneMs);
    this.#learnSoon();
  }

  wasForwarded(): void {
    this.#learnSoon();
  }

  epochSeen(epoch: number): void {
    if (epoch > (this.#known?.epoch ?? 0)) this.#learnSoon();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const peers = [...this.#peers.values(), ...this.#leaving];
    await Promise.all(peers.map((peer) => peer.close()));
  }

  /** Those that can carry the request out themselves, and the one of them that had better. */
  #preferred(target: Target | undefined): readonly [readonly Peer[], Peer | undefined] {
    const known = this.#known;
    if (target === undefined || known === undefined) return [this.#members, undefined];
    const { bucket, key, method } = target;
    const { mode, n } = this.#buckets.get(bucket) ?? ASSUMED;
    if (mode === 'raft') return [this.#members, this.#leader];
    const partition = partitionOfHash(keyHash(bucket, bytesOf(key)), known.partitionCount);
    const replicas = known.replicas[partition] ?? this.#members;
    const keepers = replicas.length > n ? replicas.slice(0, n) : replicas;
    // Changes of a register are proposed by the first live replica, whoever is asked.
    const isProposed = mode === 'paxos' && method !== 'GET';
    return [keepers, isProposed ? keepers.find(({ serves }) => serves) : undefined];
  }

  #learnSoon(): void {
    if (performance.now() - this.#learnedAt > RELEARN_MS_MIN) void this.#learn();
  }

  /** Asks one node after the other until one has told. Never rejects: what was known stays. */
  #learn(): Promise<void> {
    this.#learning ??= this.#learnFromAny().finally(() => {
      this.#learning = undefined;
      this.#learnedAt = performance.now();
    });
    return this.#learning;
  }

  async #learnFromAny(): Promise<void> {
    const peers = [...this.#peers.values()];
    const inOrder = [
      ...peers.filter((peer) => peer.serves),
      ...peers.filter((peer) => !peer.serves),
    ];
    for (const peer of inOrder) {
      if (this.#closed) return;
      try {
        const [status, ring] = await Promise.all([
          documentFrom<ClusterStatus>(peer, '/cluster'),
          documentFrom<RingDocument>(peer, '/cluster/ring'),
        ]);
        if (!this.#closed) this.#adopt(peer, status, ring);
        return;
      } catch (error) {
        if (!(error instanceof QuorateError)) peer.leaveAlone(LEFT_ALONE_MS);
      }
    }
  }

  #adopt(teller: Peer, { members, leader }: ClusterStatus, ring: RingDocument): void {
    const { protocol } = new URL(teller.address);
    const byNode = new Map(
      members.map(({ id, address }) => [id, this.#peerAt(addressOf(protocol, address))]),
    );
    this.#members = [...byNode.values()];
    this.#leader = leader === null ? undefined : byNode.get(leader);
    if (ring.epoch >= (this.#known?.epoch ?? 0)) {
      const replicas = ring.partitions.map((partition) =>
        partition.replicas.flatMap((node) => byNode.get(node) ?? []),
      );
      this.#known = { epoch: ring.epoch, partitionCount: ring.partitionCount, replicas };
    }
    this.#dropStrangers();
  }

  /** Those that are no members any more. */
  #dropStrangers(): void {
    const kept = new Set([
      ...this.#seeds,
      ...this.#members,
      ...(this.#known?.replicas.flat() ?? []),
    ]);
    for (const [address, peer] of this.#peers) {
      if (kept.has(peer)) continue;
      this.#peers.delete(address);
      this.#leaving.add(peer);
      void ignoringFailure(peer.drain()).then(() => this.#leaving.delete(peer));
    }
  }

  #peerAt(address: string): Peer {
    const { origin } = new URL(address);
    const known = this.#peers.get(origin);
    if (known !== undefined) return known;
    const peer = new Peer(origin, this.#options);
    this.#peers.set(origin, peer);
    return peer;
  }

  #askForBucket(bucket: string): Promise<BucketFacts> {
    const asked = this.#askedBuckets.get(bucket) ?? this.#bucketFacts(bucket);
    this.#askedBuckets.set(bucket, asked);
    return asked;
  }

  async #bucketFacts(bucket: string): Promise<BucketFacts> {
    try {
      const facts = await this.#bucketFactsFromAny(bucket);
      this.#buckets.set(bucket, facts);
      return facts;
    } finally {
      this.#askedBuckets.delete(bucket);
    }
  }

  async #bucketFactsFromAny(bucket: string): Promise<BucketFacts> {
    const learnedAt = performance.now();
    for (const tried: Peer[] = []; ; ) {
      const peer = this.choose(undefined, tried);
      tried.push(peer);
      try {
        const { mode, n } = await documentFrom<BucketDocument>(peer, bucketPath(bucket));
        return { mode, n: n ?? ASSUMED.n, exists: true, learnedAt };
      } catch (error) {
        const isNone = error instanceof QuorateError && error.code === 'no_such_bucket';
        if (isNone) return { ...ASSUMED, exists: false, learnedAt };
        if (!(error instanceof QuorateError)) this.failed(peer);
        if (tried.length >= this.#peers.size) throw error;
      }
    }
  }
}

/** Of a bucket of which nothing is known: what a first write makes. */
const ASSUMED = { mode: 'dynamo', n: Number.POSITIVE_INFINITY } as const;

async function documentFrom<Document>(peer: Peer, path: string): Promise<Document> {
  const call: Call = { method: 'GET', path };
  return documentOf<Document>(succeeded(await peer.connection.start(call, LEARN_MS_MAX).answer));
}

function addressOf(protocol: string, { host, clientPort }: NodeAddress): string {
  return `${protocol}//${host.includes(':') ? `[${host}]` : host}:${clientPort}`;
}

/** Of two drawn at random. Precondition: there is one. */
function lessLoaded(peers: readonly Peer[]): Peer {
  const at = Math.floor(Math.random() * peers.length);
  const one = peers[at] as Peer;
  if (peers.length === 1) return one;
  const apart = 1 + Math.floor(Math.random() * (peers.length - 1));
  const other = peers[(at + apart) % peers.length] as Peer;
  return other.load < one.load ? other : one;
}

function ignoringFailure(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}

/**
 * How a node comes to belong to a cluster: it founds one, or asks a member of one to be
 * admitted. Either way what it became is on disk before it says so to anybody; a directory
 * that belongs to a cluster stays with it.
 */

import { QuorateError, TransportError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import { LATEST_VERSION } from '../../metadata/cluster-version.ts';
import type { NodeAddress } from '../../metadata/node-record.ts';
import { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Introducer, PeerAddress } from '../../ports/transport.ts';
import { hasLived } from '../../replica/node-life.ts';
import { FOUNDER_NO, type GroupIdentity, type PeerAt, type Recovery } from './group-identity.ts';
import { RaftStore } from './raft-store.ts';

/** What a node says of itself when it asks to be admitted. */
export interface AdmissionRequest {
  readonly name: NodeId;
  readonly directoryId: string;
  readonly address: NodeAddress;
  readonly zone: string | null;
  readonly weight: number | null;
  /** The dead node whose places it is to have. */
  readonly replaces: NodeId | null;
  /** The latest that its program understands: metadata/cluster-version.ts. */
  readonly version: number;
}

export interface AdmissionReply {
  readonly clusterId: string;
  readonly nodeNo: number;
  readonly peers: readonly PeerAt[];
  /** A newcomer too has to know what others may have left of the time before. */
  readonly recoveries?: readonly Recovery[];
}

export interface ClusterSettings {
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** The ring is drawn when so many nodes have been admitted. */
  readonly expect: number;
}

export interface Candidate
  extends Omit<AdmissionRequest, 'zone' | 'weight' | 'replaces' | 'version'> {
  readonly zone: string | undefined;
  readonly weight?: number | undefined;
  readonly replaces?: NodeId | undefined;
  /** Members to ask; none: found a cluster. */
  readonly join: readonly PeerAddress[];
  /** Of a cluster that is founded. */
  readonly settings: ClusterSettings;
}

export interface BecomingPorts {
  /** The objects. */
  readonly store: Store;
  readonly metadataStore: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly introducer: Introducer;
  readonly logger: Logger;
}

const ATTEMPT_MS_MAX = 5_000;
const PAUSE_MS = 250;

/** While it waits, a node says again why. */
const TELL_AGAIN_MS = 10_000;

/**
 * Resolves once the identity is on disk; throws `QuorateError` where the cluster refuses, and
 * where the directory has forgotten what it belonged to.
 */
export async function becomeMember(
  candidate: Candidate,
  ports: BecomingPorts,
): Promise<GroupIdentity> {
  const store = new RaftStore(ports.metadataStore);
  const identity = store.identity();
  if (identity !== undefined) return identity;
  if (hasLived(ports.store)) throw forgetful();
  return candidate.join.length === 0
    ? found(candidate, store, ports)
    : join(candidate, store, ports);
}

/** What it promised the cluster is lost with its log; its objects belong to no other cluster. */
function forgetful(): QuorateError {
  return new QuorateError(
    'rolled_back',
    'the data directory holds objects of an earlier life and has lost its log of the metadata group: start with an empty directory and a new name, and keep this one aside',
  );
}

async function found(
  candidate: Candidate,
  store: RaftStore,
  { random, logger }: BecomingPorts,
): Promise<GroupIdentity> {
  const { name, directoryId, address, zone, weight, settings } = candidate;
  const clusterId = newClusterId(random);
  const state = MetadataState.founding({
    ...settings,
    clusterId,
    secret: secretOf(random),
    nodes: [{ name, directoryId, address, zone, weight, version: LATEST_VERSION }],
  });
  const identity = { clusterId, nodeNo: FOUNDER_NO, name, directoryId, peers: [] };
  const configuration = { voters: [FOUNDER_NO], outgoing: [], learners: [] };
  await store.found(identity, { index: 1, term: 1, configuration }, [...state.snapshot()]);
  logger.info('cluster founded', { clusterId, expect: settings.expect });
  return identity;
}

/** Asks the addresses in turn, for ever: members may be started after those that join them. */
async function join(
  candidate: Candidate,
  store: RaftStore,
  { clock, introducer, logger }: BecomingPorts,
): Promise<GroupIdentity> {
  const { name, directoryId, address, zone, weight, replaces } = candidate;
  const request: AdmissionRequest = {
    name,
    directoryId,
    address,
    zone: zone ?? null,
    weight: weight ?? null,
    replaces: replaces ?? null,
    version: LATEST_VERSION,
  };
  const members = candidate.join.map(addressText);
  logger.info('asking to be admitted', { members });
  const waiting = new Waiting(clock, logger);
  for (;;) {
    for (const [at, member] of candidate.join.entries()) {
      try {
        const deadline = clock.now() + ATTEMPT_MS_MAX;
        const reply = (await introducer.introduce(member, request, { deadline })) as AdmissionReply;
        const identity = { ...reply, name, directoryId };
        await store.join(identity);
        logger.info('admitted', { clusterId: reply.clusterId, nodeNo: reply.nodeNo });
        return identity;
      } catch (error) {
        if (!mayHelpToWait(error)) throw error;
        waiting.tell(members[at] as string, error as Error);
      }
    }
    await new Promise<void>((resolve) => clock.setTimer(PAUSE_MS, resolve));
  }
}

/** Tells each reason of each member at once, and then now and again for as long as it lasts. */
class Waiting {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #since: number;
  readonly #told = new Set<string>();
  #toldSince: number;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.#since = clock.now();
    this.#toldSince = this.#since;
  }

  tell(member: string, { message: reason }: Error): void {
    const now = this.#clock.now();
    if (now - this.#toldSince >= TELL_AGAIN_MS) {
      this.#told.clear();
      this.#toldSince = now;
    }
    const what = `${member} ${reason}`;
    if (this.#told.has(what)) return;
    this.#told.add(what);
    const waitedMs = Math.round(now - this.#since);
    this.#logger.warn('not admitted yet, trying again', { member, reason, waitedMs });
  }
}

function addressText({ host, port }: PeerAddress): string {
  return `${host}:${port}`;
}

function mayHelpToWait(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && error.status === 503;
}

export function newClusterId(random: Random): string {
  return hex(random.uint48(), 8) + hex(random.uint48(), 8);
}

/** 256 bits of it. */
function secretOf(random: Random): Uint8Array {
  const secret = Buffer.alloc(36);
  for (let at = 0; at < secret.length; at += 6) secret.writeUIntBE(random.uint48(), at, 6);
  return secret.subarray(0, 32);
}

/** The last digits of a number, in hexadecimal. */
function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0').slice(-digits);
}

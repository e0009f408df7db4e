/**
 * How a node comes to belong to a cluster: it founds one, or asks a member of one to be
 * admitted. Either way what it became is on disk before it says so to anybody; a directory
 * that belongs to a cluster stays with it.
 */

import { QuorateError, TransportError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { NodeAddress } from '../../metadata/nodes.ts';
import { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Introducer, PeerAddress } from '../../ports/transport.ts';
import type { GroupIdentity, PeerAt } from './group-identity.ts';
import { RaftStore } from './raft-store.ts';

/** What a node says of itself when it asks to be admitted. */
export interface AdmissionRequest {
  readonly name: NodeId;
  readonly directoryId: string;
  readonly address: NodeAddress;
  readonly zone: string | null;
}

export interface AdmissionReply {
  readonly clusterId: string;
  readonly nodeNo: number;
  readonly peers: readonly PeerAt[];
}

export interface ClusterSettings {
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** The ring is drawn when so many nodes have been admitted. */
  readonly expect: number;
}

export interface Candidate extends Omit<AdmissionRequest, 'zone'> {
  readonly zone: string | undefined;
  /** Members to ask; none: found a cluster. */
  readonly join: readonly PeerAddress[];
  /** Of a cluster that is founded. */
  readonly settings: ClusterSettings;
}

export interface BecomingPorts {
  readonly metadataStore: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly introducer: Introducer;
  readonly logger: Logger;
}

const ATTEMPT_MS_MAX = 5_000;
const PAUSE_MS = 250;

/** Resolves once the identity is on disk; throws `QuorateError` where the cluster refuses. */
export async function becomeMember(
  candidate: Candidate,
  ports: BecomingPorts,
): Promise<GroupIdentity> {
  const store = new RaftStore(ports.metadataStore);
  const identity = store.identity();
  if (identity !== undefined) return identity;
  return candidate.join.length === 0
    ? found(candidate, store, ports)
    : join(candidate, store, ports);
}

async function found(
  candidate: Candidate,
  store: RaftStore,
  { random, logger }: BecomingPorts,
): Promise<GroupIdentity> {
  const { name, directoryId, address, zone, settings } = candidate;
  const clusterId = hex(random.uint48(), 8) + hex(random.uint48(), 8);
  const state = MetadataState.founding({
    ...settings,
    clusterId,
    secret: secretOf(random),
    nodes: [{ name, directoryId, address, zone }],
  });
  const identity = { clusterId, nodeNo: 1, name, directoryId, peers: [] };
  const configuration = { voters: [1], outgoing: [], learners: [] };
  await store.found(identity, { index: 1, term: 1, configuration }, [...state.snapshot()]);
  logger.info('cluster founded', { clusterId, expect: settings.expect });
  return identity;
}

/** Asks the addresses in turn, for ever: members may be started after those that join them. */
async function join(
  candidate: Candidate,
  store: RaftStore,
  ports: BecomingPorts,
): Promise<GroupIdentity> {
  const { name, directoryId, address, zone } = candidate;
  const request: AdmissionRequest = { name, directoryId, address, zone: zone ?? null };
  const { clock, introducer, logger } = ports;
  const reasons = new Set<string>();
  for (;;) {
    for (const member of candidate.join) {
      try {
        const deadline = clock.now() + ATTEMPT_MS_MAX;
        const reply = (await introducer.introduce(member, request, { deadline })) as AdmissionReply;
        const identity = { ...reply, name, directoryId };
        await store.join(identity);
        logger.info('admitted', { clusterId: reply.clusterId, nodeNo: reply.nodeNo });
        return identity;
      } catch (error) {
        if (!mayHelpToWait(error)) throw error;
        const reason = (error as Error).message;
        if (!reasons.has(reason)) logger.warn('not admitted yet', { reason });
        reasons.add(reason);
      }
    }
    await new Promise<void>((resolve) => clock.setTimer(PAUSE_MS, resolve));
  }
}

function mayHelpToWait(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && error.status === 503;
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

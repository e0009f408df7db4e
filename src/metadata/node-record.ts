/** What is on record of a node, and its binary form. */

import type { NodeId } from '../kernel/names.ts';
import type { ClusterNode, NodeStatus } from '../ring/changes.ts';
import { type Codec, flag, optional, record, text, uint, word } from './codec.ts';
import type { Start } from './starts.ts';

/** The listeners for clients and for other nodes share the advertised host. */
export interface NodeAddress {
  readonly host: string;
  readonly peerPort: number;
  readonly clientPort: number;
}

/** What a node says of itself when it asks to be admitted. */
export interface NodeSeed {
  readonly name: NodeId;
  readonly address: NodeAddress;
  readonly zone: string | undefined;
  /** Tells one data directory from another of the same name. */
  readonly directoryId: string;
  /** 1 where nothing is said. */
  readonly weight?: number | undefined;
  /** The node whose places it is to have; it may listen at the address of that one. */
  readonly replaces?: NodeId | undefined;
  /** The latest that its program understands: cluster-version.ts. */
  readonly version: number;
}

export interface NodeRecord extends NodeSeed, ClusterNode {
  readonly nodeNo: number;
  readonly weight: number;
  readonly status: NodeStatus;
  readonly replaces: NodeId | undefined;
  /** Of a dead node: who got its places at first, if they went to one. */
  readonly replacedBy: NodeId | undefined;
  /** Of a dead node: its places move even where too few others are left to know all it had. */
  readonly lossAccepted: boolean;
  /**
   * Of a dead node: whether what only its directory holds may yet be offered to the cluster. No
   * round of reaping is begun while it may, so that what the directory knows does not become
   * older than what was reaped (protocols.md, section 5). Once closed it stays closed.
   */
  readonly salvage: Salvage | undefined;
  /** Of the last start; 0 before the first. */
  readonly bootNumber: number;
  /** Drawn at random at that start, 48 bits; 0 before the first. */
  readonly life: number;
}

export type Salvage = 'open' | 'closed';

/** One start of a node. */
export interface NodeStart extends Start {
  readonly nodeNo: number;
  readonly directoryId: string;
  readonly address: NodeAddress;
  /** As in `NodeSeed`. */
  readonly version: number;
}

export const addressCodec: Codec<NodeAddress> = record<NodeAddress>({
  host: text,
  peerPort: uint,
  clientPort: uint,
});

export const nodeCodec: Codec<NodeRecord> = record<NodeRecord>({
  nodeNo: uint,
  name: text,
  address: addressCodec,
  zone: optional(text),
  directoryId: text,
  weight: uint,
  status: word('member', 'leaving', 'dead', 'left'),
  replaces: optional(text),
  replacedBy: optional(text),
  lossAccepted: flag,
  salvage: optional(word('open', 'closed')),
  bootNumber: uint,
  life: uint,
  version: uint,
});

/** Neither dead nor gone. */
export function isOfCluster({ status }: NodeRecord): boolean {
  return status === 'member' || status === 'leaving';
}

/** The dead whose directories may yet be offered, by number. */
export function openSalvages(nodes: readonly NodeRecord[]): readonly NodeId[] {
  return nodes.filter(({ salvage }) => salvage === 'open').map(({ name }) => name);
}

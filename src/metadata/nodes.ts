/**
 * The nodes of the cluster, and which start of each was the last.
 *
 * Invariant: a node number is given once and stands for one data directory for ever; a start
 * is registered only if its directory remembers the one registered before (`starts.ts`).
 */

import { QuorateError } from '../kernel/errors.ts';
import { isNodeId, type NodeId } from '../kernel/names.ts';
import { type Codec, optional, record, text, uint } from './codec.ts';
import { judgeStart, type Start } from './starts.ts';

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
}

export interface NodeRecord extends NodeSeed {
  readonly nodeNo: number;
  /** Of the last start; 0 before the first. */
  readonly bootNumber: number;
  /** Drawn at random at that start, 48 bits; 0 before the first. */
  readonly life: number;
}

/** One start of a node. */
export interface NodeStart extends Start {
  readonly nodeNo: number;
  readonly directoryId: string;
  readonly address: NodeAddress;
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
  bootNumber: uint,
  life: uint,
});

const PORT_MAX = 65_535;

/** Every one has a session, a place in each message about the ring, and a copy of the state. */
export const NODES_MAX = 1_000;

export class Nodes {
  /** By number; replaced as a whole, never changed. */
  #list: readonly NodeRecord[];
  readonly #byNumber = new Map<number, NodeRecord>();
  readonly #byName = new Map<NodeId, NodeRecord>();
  #nextNodeNo: number;

  constructor(nextNodeNo = 1, records: readonly NodeRecord[] = []) {
    this.#nextNodeNo = nextNodeNo;
    this.#list = records;
    for (const node of records) this.#index(node);
  }

  get nextNodeNo(): number {
    return this.#nextNodeNo;
  }

  list(): readonly NodeRecord[] {
    return this.#list;
  }

  numbered(nodeNo: number): NodeRecord | undefined {
    return this.#byNumber.get(nodeNo);
  }

  named(name: NodeId): NodeRecord | undefined {
    return this.#byName.get(name);
  }

  /**
   * Asking again for the same directory finds the same node, whose address may be corrected
   * that way, until its first start. A directory knows what it became before it starts, so
   * one that asks later has forgotten it, and perhaps what it promised. Throws `QuorateError`.
   */
  admit(seed: NodeSeed): { readonly nodeNo: number; readonly changed: boolean } {
    checkSeed(seed);
    const admitted = this.#list.find((node) => node.directoryId === seed.directoryId);
    if (admitted !== undefined) return this.#admitAgain(admitted, seed);
    const { name, address, zone, directoryId } = seed;
    if (this.#list.length >= NODES_MAX) {
      throw new QuorateError('bad_request', `the cluster has ${NODES_MAX} nodes, and no more fit`);
    }
    if (this.#byName.has(name)) {
      const detail = `there is a node named ${name} in the cluster, and this is another data directory; choose another name`;
      throw new QuorateError('duplicate_name', detail);
    }
    const nodeNo = this.#nextNodeNo;
    this.#checkAddress(nodeNo, address);
    this.#nextNodeNo++;
    this.#set({ nodeNo, name, address, zone, directoryId, bootNumber: 0, life: 0 });
    return { nodeNo, changed: true };
  }

  /** Whether the address is another than before. Throws `QuorateError`. */
  registerStart(start: NodeStart): boolean {
    const { nodeNo, directoryId, bootNumber, life, address } = start;
    const node = this.#byNumber.get(nodeNo);
    if (node === undefined || node.directoryId !== directoryId) {
      throw new QuorateError('not_a_member', `this data directory is not that of node ${nodeNo}`);
    }
    demand(bootNumber >= 1, 'the first start of a node is start 1');
    const verdict = judgeStart(node, start);
    if (verdict === 'known') return false;
    if (verdict === 'rolled_back') throw rolledBack(node, bootNumber);
    checkShape(address);
    this.#checkAddress(nodeNo, address);
    const moved = !sameAddress(address, node.address);
    this.#set({ ...node, bootNumber, life, address: moved ? address : node.address });
    return moved;
  }

  #admitAgain(admitted: NodeRecord, seed: NodeSeed) {
    const { nodeNo, name, zone, address, bootNumber } = admitted;
    if (bootNumber > 0) {
      const detail = `this data directory was started as ${name} before and has lost what it knew of the cluster; start with an empty directory and a new name`;
      throw new QuorateError('rolled_back', detail, { bootNumber });
    }
    if (seed.name !== name) {
      const detail = `this data directory was admitted as ${name} and cannot become ${seed.name}`;
      throw new QuorateError('duplicate_name', detail);
    }
    if (seed.zone !== zone) {
      const detail = `node ${name} was admitted with zone ${zone ?? 'none'}; asking again cannot change it`;
      throw new QuorateError('bad_request', detail);
    }
    if (sameAddress(address, seed.address)) return { nodeNo, changed: false };
    this.#checkAddress(nodeNo, seed.address);
    this.#set({ ...admitted, address: seed.address });
    return { nodeNo, changed: true };
  }

  #checkAddress(nodeNo: number, address: NodeAddress): void {
    const wanted = listenersOf(address);
    for (const node of this.#list) {
      if (node.nodeNo === nodeNo) continue;
      const taken = listenersOf(node.address).find((listener) => wanted.includes(listener));
      if (taken === undefined) continue;
      throw new QuorateError('duplicate_address', `${taken} is the address of node ${node.name}`);
    }
  }

  #set(node: NodeRecord): void {
    const others = this.#list.filter(({ nodeNo }) => nodeNo !== node.nodeNo);
    this.#list = [...others, node].sort((a, b) => a.nodeNo - b.nodeNo);
    this.#index(node);
  }

  #index(node: NodeRecord): void {
    this.#byNumber.set(node.nodeNo, node);
    this.#byName.set(node.name, node);
  }
}

function listenersOf({ host, peerPort, clientPort }: NodeAddress): string[] {
  return [`${host}:${peerPort}`, `${host}:${clientPort}`];
}

function sameAddress(a: NodeAddress, b: NodeAddress): boolean {
  return a.host === b.host && a.peerPort === b.peerPort && a.clientPort === b.clientPort;
}

function checkSeed({ name, zone, directoryId, address }: NodeSeed): void {
  demand(isNodeId(name), `${JSON.stringify(name)} is not a node name`);
  // A zone is spelled like a node; src/ring/make-ring.ts would refuse to draw with another.
  demand(zone === undefined || isNodeId(zone), `${JSON.stringify(zone)} is not a zone name`);
  demand(directoryId !== '', 'the id of the data directory is missing');
  checkShape(address);
}

function checkShape({ host, peerPort, clientPort }: NodeAddress): void {
  demand(host !== '', 'the advertised host is missing');
  for (const port of [peerPort, clientPort]) {
    demand(port >= 1 && port <= PORT_MAX, `${port} is not a port`);
  }
}

function demand(condition: boolean, detail: string): void {
  if (!condition) throw new QuorateError('bad_request', detail);
}

function rolledBack({ name, bootNumber: known }: NodeRecord, bootNumber: number): QuorateError {
  return new QuorateError(
    'rolled_back',
    `the data directory of ${name} was rolled back: it says that this is start ${bootNumber}, and the cluster knows of start ${known}; it must not come back as this node`,
    { bootNumber: known },
  );
}

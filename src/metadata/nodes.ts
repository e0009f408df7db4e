/**
 * The nodes of the cluster, and which start of each was the last.
 *
 * Invariant: a node number is given once and stands for one data directory for ever; a start
 * is registered only if its directory remembers the one registered before (`starts.ts`).
 *
 * Who is dead or has left stays on record, so that it is known again should it come back. Its
 * name is not given to another node: hints, logs and people still mean the old one by it. Its
 * address may be.
 */

import { QuorateError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import { isNodeId, type NodeId } from '../kernel/names.ts';
import { isWeight, WEIGHT_MAX } from '../ring/ring.ts';
import { demandNotOlder } from './cluster-version.ts';
import {
  isOfCluster,
  type NodeAddress,
  type NodeRecord,
  type NodeSeed,
  type NodeStart,
} from './node-record.ts';
import { judgeStart } from './starts.ts';

const PORT_MAX = 65_535;

/** Every one has a session, a place in each message about the ring, and a copy of the state. */
export const NODES_MAX = 1_000;

/** Those that are dead or have left among them: a few hundred bytes each, in every snapshot. */
export const NODE_RECORDS_MAX = 10_000;

/** What the ring's changes make of a node. */
export type NodeAmendment = Partial<
  Pick<NodeRecord, 'zone' | 'weight' | 'status' | 'replacedBy' | 'lossAccepted' | 'salvage'>
>;

export class Nodes {
  /** By number; replaced as a whole, never changed. */
  #list: readonly NodeRecord[];
  #members: readonly NodeRecord[] | undefined;
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

  /** Those that are neither dead nor gone; likewise. */
  members(): readonly NodeRecord[] {
    this.#members ??= this.#list.filter(isOfCluster);
    return this.#members;
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
    demandNotOlder(seed.name, seed.version, this.members());
    const admitted = this.#list.find((node) => node.directoryId === seed.directoryId);
    if (admitted !== undefined) return this.#admitAgain(admitted, seed);
    const { name, address, zone, directoryId, weight = 1, replaces, version } = seed;
    if (this.members().length >= NODES_MAX || this.#list.length >= NODE_RECORDS_MAX) {
      throw new QuorateError('bad_request', `the cluster has ${NODES_MAX} nodes, and no more fit`);
    }
    const namesake = this.#byName.get(name);
    if (namesake !== undefined) throw nameTaken(namesake);
    this.#checkReplaced(replaces);
    const nodeNo = this.#nextNodeNo;
    this.#checkAddress(nodeNo, address, replaces);
    this.#nextNodeNo++;
    this.#set({
      nodeNo,
      name,
      address,
      zone,
      directoryId,
      weight,
      status: 'member',
      replaces,
      replacedBy: undefined,
      lossAccepted: false,
      salvage: undefined,
      bootNumber: 0,
      life: 0,
      version,
    });
    return { nodeNo, changed: true };
  }

  /** The nodes are on record. */
  amend(amendments: ReadonlyMap<NodeId, NodeAmendment>): void {
    for (const [name, amendment] of amendments) {
      const node = this.#byName.get(name);
      invariant(node !== undefined, `${name} is no node of the cluster`);
      this.#set({ ...node, ...amendment });
    }
  }

  /** False where it was closed before. Throws `QuorateError`. */
  closeSalvage(name: NodeId): boolean {
    const node = this.#byName.get(name);
    if (node === undefined) {
      throw new QuorateError('not_a_member', `there is no node ${JSON.stringify(name)}`);
    }
    if (node.salvage === undefined) throw notDead(node);
    if (node.salvage === 'closed') return false;
    this.#set({ ...node, salvage: 'closed' });
    return true;
  }

  /** Whether the address is another than before. Throws `QuorateError`. */
  registerStart(start: NodeStart): boolean {
    const { nodeNo, directoryId, bootNumber, life, address, version } = start;
    const node = this.#byNumber.get(nodeNo);
    if (node === undefined || node.directoryId !== directoryId) {
      throw new QuorateError('not_a_member', `this data directory is not that of node ${nodeNo}`);
    }
    if (!isOfCluster(node)) throw goneFor(node);
    demandNotOlder(node.name, version, this.members());
    demand(bootNumber >= 1, 'the first start of a node is start 1');
    const verdict = judgeStart(node, start);
    if (verdict === 'known') return false;
    if (verdict === 'rolled_back') throw rolledBack(node, bootNumber);
    checkShape(address);
    this.#checkAddress(nodeNo, address, node.replaces);
    const moved = !sameAddress(address, node.address);
    this.#set({ ...node, bootNumber, life, version, address: moved ? address : node.address });
    return moved;
  }

  #admitAgain(admitted: NodeRecord, seed: NodeSeed) {
    const { nodeNo, name, zone, weight, replaces, address, bootNumber } = admitted;
    if (!isOfCluster(admitted)) throw goneFor(admitted);
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
    if ((seed.weight ?? 1) !== weight) {
      const detail = `node ${name} was admitted with weight ${weight}; asking again cannot change it`;
      throw new QuorateError('bad_request', detail);
    }
    if (seed.replaces !== replaces) {
      const detail = `node ${name} was admitted to replace ${replaces ?? 'nobody'}; asking again cannot change it`;
      throw new QuorateError('bad_request', detail);
    }
    const { version } = seed;
    if (sameAddress(address, seed.address) && version === admitted.version) {
      return { nodeNo, changed: false };
    }
    this.#checkAddress(nodeNo, seed.address, replaces);
    this.#set({ ...admitted, address: seed.address, version });
    return { nodeNo, changed: true };
  }

  #checkReplaced(replaced: NodeId | undefined): void {
    if (replaced === undefined) return;
    const node = this.#byName.get(replaced);
    if (node === undefined) {
      throw new QuorateError('not_a_member', `there is no node ${replaced} to be replaced`);
    }
    if (node.status !== 'left') return;
    throw new QuorateError('bad_request', `${replaced} has left; there is nothing to replace`);
  }

  /** Nobody listens any more where a node was that is dead, gone, or about to be replaced. */
  #checkAddress(nodeNo: number, address: NodeAddress, replaced: NodeId | undefined): void {
    const wanted = listenersOf(address);
    for (const node of this.members()) {
      if (node.nodeNo === nodeNo || node.name === replaced) continue;
      const taken = listenersOf(node.address).find((listener) => wanted.includes(listener));
      if (taken === undefined) continue;
      throw new QuorateError('duplicate_address', `${taken} is the address of node ${node.name}`);
    }
  }

  #set(node: NodeRecord): void {
    const others = this.#list.filter(({ nodeNo }) => nodeNo !== node.nodeNo);
    this.#list = [...others, node].sort((a, b) => a.nodeNo - b.nodeNo);
    this.#members = undefined;
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

function checkSeed({ name, zone, directoryId, address, weight = 1 }: NodeSeed): void {
  demand(isNodeId(name), `${JSON.stringify(name)} is not a node name`);
  // A zone is spelled like a node; src/ring/make-ring.ts would refuse to draw with another.
  demand(zone === undefined || isNodeId(zone), `${JSON.stringify(zone)} is not a zone name`);
  demand(isWeight(weight), `the weight ${weight} is not a whole number from 1 to ${WEIGHT_MAX}`);
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

function nameTaken({ name, status }: NodeRecord): QuorateError {
  const detail =
    status === 'member' || status === 'leaving'
      ? `there is a node named ${name} in the cluster, and this is another data directory; choose another name`
      : `${name} was the name of a node that is no longer of the cluster, and names are not used again; choose another name`;
  return new QuorateError('duplicate_name', detail);
}

function notDead({ name, status }: NodeRecord): QuorateError {
  return new QuorateError('salvage_refused', `${name} is ${status}; only the dead are salvaged`);
}

/** It may hold what nobody else has, so it is told not to throw it away. */
function goneFor({ name, status, replacedBy, salvage }: NodeRecord): QuorateError {
  if (status === 'left') {
    const detail = `${name} has left the cluster; to come back, start with an empty directory and a new name`;
    return new QuorateError('not_a_member', detail);
  }
  const how = replacedBy === undefined ? 'removed as dead' : `replaced by ${replacedBy}`;
  const held =
    salvage === 'open'
      ? 'what only this directory holds the cluster can still be offered with quorate salvage'
      : 'its salvage is closed';
  const detail = `${name} was ${how}, and its places went to others; ${held}; start with an empty one and a new name`;
  return new QuorateError('replaced', detail);
}

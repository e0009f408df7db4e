/** What a node does when it is asked in a round of reaping. It remembers only what is on disk. */

import type { SiblingObject } from '../causality/sibling-object.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { Admission } from '../replica/admission.ts';
import type { ReapAdoption } from '../replica/reap-adoption.ts';
import type { ReapNumbers } from '../replica/reap-numbers.ts';
import { decodeRecord } from '../replica/record-codec.ts';
import type { Replica } from '../replica/replica.ts';
import { objectKey } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import type { TreeName } from './exchange-messages.ts';
import {
  type AdoptRequest,
  type AgreeRequest,
  type EndRequest,
  type MarkRequest,
  REAP_ADOPT,
  REAP_AGREE,
  REAP_END,
  REAP_HELD,
  REAP_MARK,
  REAP_REMOVE,
  type ReapItem,
  type RemoveRequest,
} from './reap-messages.ts';

export interface ReapServerPorts {
  readonly view: ClusterView;
  readonly store: Store;
  readonly admission: Admission;
  readonly reaps: ReapNumbers;
  readonly adoption: ReapAdoption;
  readonly replica: Replica;
}

export class ReapServer {
  readonly #ports: ReapServerPorts;
  #closed = false;

  constructor(ports: ReapServerPorts) {
    this.#ports = ports;
  }

  serve(transport: Transport): void {
    transport.serve(REAP_HELD, (partitions) => {
      this.#refuseWhereNotCounted();
      return partitions.filter((partition) => this.#ports.adoption.holds(partition));
    });
    transport.serve(REAP_AGREE, (request, { from }) => this.#agree(request, from));
    transport.serve(REAP_ADOPT, (request, { deadline }) => this.#adopt(request, deadline));
    transport.serve(REAP_MARK, (request, { from }) => this.#mark(request, from));
    transport.serve(REAP_REMOVE, (request, { from }) => this.#remove(request, from));
    transport.serve(REAP_END, (request) => this.#end(request));
  }

  close(): void {
    this.#closed = true;
  }

  async #agree({ tree, items }: AgreeRequest, from: NodeId): Promise<readonly boolean[]> {
    this.#admit(tree, from);
    const { store, replica } = this.#ports;
    const answers = items.map((item) => {
      const known = this.#versionAt(tree, item);
      return known !== undefined && replica.reapable.isReapable(known);
    });
    await store.durable();
    return answers;
  }

  /** The numbers are adopted as soon as they are heard of: this waits for them. */
  async #adopt({ reap, partitions }: AdoptRequest, deadline: number): Promise<readonly number[]> {
    this.#refuseWhereNotCounted();
    const { view, reaps, store } = this.#ports;
    const heard = () => partitions.every((partition) => reaps.of(partition) >= reap);
    if (!(await view.until(heard, deadline))) {
      throw new QuorateError('not_ready', `this node has not heard of reap number ${reap}`);
    }
    this.#refuseWhereNotCounted();
    const failed = partitions.filter(
      (partition) => reaps.of(partition) !== reap || !reaps.heldNothing(partition),
    );
    await store.durable();
    return failed;
  }

  #mark({ tree, items, reap }: MarkRequest, from: NodeId): Promise<readonly boolean[]> {
    this.#admitToRound(tree, from, reap);
    const { marks } = this.#ports.replica;
    return marks.mark(
      reap,
      items.map((item) => ({ storedKey: storedKeyOf(tree, item), digest: item[2] })),
    );
  }

  async #remove(request: RemoveRequest, from: NodeId): Promise<number> {
    const { tree, items, reap, members } = request;
    this.#admitToRound(tree, from, reap);
    const { view, replica, store } = this.#ports;
    if (!sameNodes(members, view.members())) {
      throw new QuorateError('stale_epoch', 'other nodes are members than when the round began');
    }
    const { marks, reapable } = replica;
    const removed = await marks.remove(
      reap,
      items.map((item) => storedKeyOf(tree, item)),
    );
    for (const storedKey of removed) {
      // What was deleted anew while this was flushed waits for a round of its own.
      if (store.get(storedKey) === undefined) reapable.forget(tree.partition, storedKey);
    }
    return removed.length;
  }

  async #end({ partition, reap, completed }: EndRequest): Promise<true> {
    this.#refuseWhereNotCounted();
    const { reaps, replica } = this.#ports;
    if (reaps.of(partition) !== reap) return true;
    await replica.marks.releasePartition(partition);
    if (completed) await reaps.complete(partition, reap);
    return true;
  }

  /** The object under the key, where it is the version that the item names. */
  #versionAt(tree: TreeName, item: ReapItem): SiblingObject | undefined {
    const bytes = this.#ports.store.get(storedKeyOf(tree, item));
    if (bytes === undefined) return undefined;
    try {
      const { object, digest } = decodeRecord(bytes);
      return digest === item[2] ? object : undefined;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return undefined;
    }
  }

  #admitToRound(tree: TreeName, from: NodeId, reap: number): void {
    this.#admit(tree, from);
    const { partition } = tree;
    const adopted = this.#ports.reaps.of(partition);
    if (adopted === reap) return;
    const detail = `round ${reap} of partition ${partition} is over: this node is at ${adopted}`;
    throw new QuorateError('stale_reap', detail, { reap: adopted });
  }

  #admit(tree: TreeName, from: NodeId): void {
    this.#refuseWhereNotCounted();
    this.#ports.admission.admitToTree(tree, tree.n, from);
  }

  /** A directory that was put back to an older copy may have forgotten what it adopted. */
  #refuseWhereNotCounted(): void {
    if (this.#closed) throw new QuorateError('not_ready', 'the node is stopping');
    this.#ports.admission.refuseToCount();
  }
}

function storedKeyOf({ partition }: TreeName, [bucketNumber, key]: ReapItem): Uint8Array {
  return objectKey({ partition, bucketNumber, key });
}

function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}

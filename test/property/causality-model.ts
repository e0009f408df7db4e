/**
 * A ghost history beside the real objects: which writes each replica knows of, and which
 * writes each write had seen. From it follows what must be alive, exactly; the objects have
 * to agree with it after every step.
 */

import {
  type Context,
  contextOfRead,
  contextOfWrite,
  EMPTY_CONTEXT,
  joinContexts,
} from '../../src/causality/context.ts';
import { type Lineage, mintDot } from '../../src/causality/mint.ts';
import {
  ABSENT,
  merge,
  type SiblingObject,
  type StampedContent,
  supersede,
} from '../../src/causality/sibling-object.ts';
import { coversAll, type Dot } from '../../src/causality/version-vector.ts';

interface Write {
  readonly id: number;
  /** Writes that its writer had seen. */
  readonly seen: ReadonlySet<number>;
  readonly isDelete: boolean;
}

interface ReplicaState {
  object: SiblingObject;
  self: Dot | undefined;
  lineage: Lineage;
  /** Ghost: writes that are here or were superseded. */
  known: ReadonlySet<number>;
}

interface ClientState {
  context: Context;
  /** Ghost: writes that the context stands for. */
  seen: ReadonlySet<number>;
}

/** `overwrite`: a put where the last write wins. */
export type WriteType = 'put' | 'overwrite' | 'delete';

export type Step =
  | { readonly type: WriteType; readonly replica: number; readonly client: number }
  | { readonly type: 'read'; readonly replica: number; readonly client: number }
  | { readonly type: 'forgetContext'; readonly client: number }
  | { readonly type: 'sync'; readonly replica: number; readonly from: number }
  | { readonly type: 'crash' | 'wipe'; readonly replica: number };

export interface Bugs {
  /** A wiped or crashed replica counts on under its old lineage. */
  readonly keepLineage?: boolean;
  /** A write answers with the object's clock instead of its own dot. */
  readonly clockAsWriteContext?: boolean;
}

export class CausalityModel {
  readonly replicas: ReplicaState[];
  readonly #clients: ClientState[];
  readonly #writes = new Map<number, Write>();
  readonly #bugs: Bugs;
  #lineages = 0;

  constructor(replicas: number, clients: number, bugs: Bugs = {}) {
    this.#bugs = bugs;
    this.replicas = Array.from({ length: replicas }, () => ({
      object: ABSENT,
      self: undefined,
      lineage: this.#newLineage(),
      known: new Set<number>(),
    }));
    this.#clients = Array.from({ length: clients }, () => ({
      context: EMPTY_CONTEXT,
      seen: new Set<number>(),
    }));
  }

  run(step: Step): void {
    switch (step.type) {
      case 'put':
      case 'overwrite':
      case 'delete':
        this.#write(step.replica, step.client, step.type);
        return;
      case 'read': {
        const { object, known } = this.#replica(step.replica);
        this.#clients[step.client] = { context: contextOfRead(object.clock, 0), seen: known };
        return;
      }
      case 'forgetContext':
        this.#clients[step.client] = { context: EMPTY_CONTEXT, seen: new Set() };
        return;
      case 'sync':
        this.#sync(this.#replica(step.replica), this.#replica(step.from));
        return;
      case 'crash':
        this.#restart(this.#replica(step.replica));
        return;
      case 'wipe': {
        const replica = this.#replica(step.replica);
        Object.assign(replica, { object: ABSENT, self: undefined, known: new Set() });
        this.#restart(replica);
        return;
      }
    }
  }

  /** Ids that must be alive: known, a put, and seen by no other known write. */
  aliveIn(known: ReadonlySet<number>): number[] {
    const writes = [...known].map((id) => this.#writes.get(id) as Write);
    return writes
      .filter(({ id, isDelete }) => !isDelete && !writes.some(({ seen }) => seen.has(id)))
      .map(({ id }) => id)
      .sort((a, b) => a - b);
  }

  #write(at: number, by: number, type: WriteType): void {
    const replica = this.#replica(at);
    const client = this.#clients[by] as ClientState;
    const isDelete = type === 'delete';
    for (const other of this.replicas) {
      if (coversAll(replica.object.clock, client.context.dots)) break;
      this.#sync(replica, other);
    }
    if (!coversAll(replica.object.clock, client.context.dots)) return;
    const id = this.#writes.size;
    const local = replica.object.clock;
    const { context, seen } = type === 'overwrite' ? readingHere(client, replica) : client;
    this.#writes.set(id, { id, seen, isDelete });
    const dot = mintDot(replica.self, replica.lineage, local, context.clock);
    replica.object = supersede(replica.object, context, dot, isDelete ? undefined : contentOf(id));
    replica.self = dot;
    replica.known = new Set([...replica.known, ...seen, id]);
    this.#clients[by] = {
      context: this.#bugs.clockAsWriteContext
        ? contextOfRead(replica.object.clock, 0)
        : contextOfWrite(context, dot, 0),
      seen: new Set([...seen, id]),
    };
  }

  #sync(to: ReplicaState, from: ReplicaState): void {
    to.object = merge(to.object, from.object);
    to.known = new Set([...to.known, ...from.known]);
  }

  #restart(replica: ReplicaState): void {
    if (this.#bugs.keepLineage) {
      replica.lineage = lineageOf(replica.lineage.id);
      return;
    }
    replica.lineage = this.#newLineage();
  }

  #newLineage(): Lineage {
    return lineageOf(++this.#lineages);
  }

  #replica(index: number): ReplicaState {
    return this.replicas[index] as ReplicaState;
  }
}

/** The writer counts as having read what the replica has. */
function readingHere(client: ClientState, { object, known }: ReplicaState): ClientState {
  return {
    context: joinContexts(client.context, contextOfRead(object.clock, 0)),
    seen: new Set([...client.seen, ...known]),
  };
}

/** Stamps that are often equal and seldom rise, and expiry for some. */
function contentOf(id: number): StampedContent {
  return {
    value: Buffer.from(String(id)),
    contentType: '',
    meta: [],
    hlc: (id * 5) % 7,
    expiresAt: id % 3 === 0 ? (id % 4) + 1 : undefined,
  };
}

function lineageOf(id: number): Lineage {
  let epochs = 1;
  return { id, nextActorEpoch: () => epochs++ };
}

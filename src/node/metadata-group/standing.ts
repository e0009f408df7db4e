/**
 * Whether this node still belongs to the cluster. One that was declared dead, or has left, is
 * not told so by the log: it is no member of the group any more. So a node that does not hear
 * from the group asks the others, one after the other.
 *
 * Who was declared dead must not serve: its places are those of others. Until it knows, its start
 * is not registered and counts for nothing, or, if it never stopped, its messages are of an
 * epoch that the others have left behind.
 */

import { isExpected } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { NodeRecord } from '../../metadata/node-record.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import type { GroupIdentity } from './group-identity.ts';
import { ASK_STANDING, type GoneStanding } from './group-messages.ts';

export interface StandingPorts {
  readonly identity: Pick<GroupIdentity, 'name' | 'nodeNo' | 'directoryId'>;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly state: () => MetadataState | undefined;
  /** Others that it may ask. */
  readonly peers: () => readonly NodeId[];
  /** At most once. */
  readonly onGone: (standing: GoneStanding) => void;
}

const LOOK_EVERY_MS = 1_000;
/** Several elections: a group that is well is heard many times in it. */
const SILENT_MS_MIN = 3_000;
const ASK_MS_MAX = 900;

export class Standing {
  readonly #ports: StandingPorts;
  #heardAt = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #over = false;

  constructor(ports: StandingPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { transport, state, clock } = this.#ports;
    transport.serve(ASK_STANDING, ({ nodeNo, directoryId }) => {
      const node = state()?.node(nodeNo);
      return node?.directoryId === directoryId ? goneStanding(node) : null;
    });
    clock.setTimer(LOOK_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#over = true;
  }

  /** A member of the group has spoken to this node. */
  heard(): void {
    this.#heardAt = this.#ports.clock.now();
  }

  /** The state may tell it itself, where the entry came this far. */
  judge(): void {
    const node = this.#ports.state()?.node(this.#ports.identity.nodeNo);
    if (node !== undefined) this.#end(goneStanding(node));
  }

  #look(): void {
    if (this.#over) return;
    const { clock } = this.#ports;
    const isSilent = clock.now() - this.#heardAt >= SILENT_MS_MIN;
    const asked = isSilent ? this.#ask() : Promise.resolve();
    void asked.then(() => clock.setTimer(LOOK_EVERY_MS, () => this.#look()));
  }

  async #ask(): Promise<void> {
    const { identity, transport, clock, peers } = this.#ports;
    const others = peers().filter((name) => name !== identity.name);
    const peer = others[this.#turn++ % Math.max(1, others.length)];
    if (peer === undefined) return;
    const { nodeNo, directoryId } = identity;
    const deadline = clock.now() + ASK_MS_MAX;
    try {
      this.#end(await transport.call(peer, ASK_STANDING, { nodeNo, directoryId }, { deadline }));
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }

  #end(standing: GoneStanding | null): void {
    if (standing === null || this.#over) return;
    this.#over = true;
    this.#ports.onGone(standing);
  }
}

function goneStanding({ status, replacedBy }: NodeRecord): GoneStanding | null {
  if (status !== 'dead' && status !== 'left') return null;
  return { status, replacedBy: replacedBy ?? null };
}

/** For whoever runs the node. */
export function goneText(name: NodeId, { status, replacedBy }: GoneStanding): string {
  if (status === 'left') {
    return `${name} has left the cluster and handed over all that it kept; stop it, and to come back start with an empty directory and a new name`;
  }
  const how = replacedBy === null ? 'removed as dead' : `replaced by ${replacedBy}`;
  return `${name} was ${how}, and its places went to others; keep this directory aside for quorate salvage, and start with an empty one and a new name`;
}

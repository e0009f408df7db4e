/**
 * The other nodes, as far as this one knows them: where they listen, from the state and, until
 * that tells it, from what they said; and in which start each was last heard.
 *
 * Invariant: a start is on disk here before anything that it said counts, and one that does
 * not remember a later one is not listened to (metadata/starts.ts).
 */

import type { NodeId } from '../../kernel/names.ts';
import { judgeStart, type KnownStart } from '../../metadata/starts.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { PeerAddress, Transport } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';
import type { PeerAt } from './group-identity.ts';
import { ROLLED_BACK, type Speaker } from './group-messages.ts';
import { laterStart } from './peer-lives.ts';
import type { RaftStore } from './raft-store.ts';

export interface KnownPeersPorts {
  readonly transport: Transport;
  readonly store: RaftStore;
  /** Of the admission: whom a new member may call before it has the state. */
  readonly joinedBy: readonly PeerAt[];
  readonly state: () => MetadataState | undefined;
}

interface Heard {
  readonly name: NodeId;
  readonly address: PeerAddress;
}

export class KnownPeers {
  readonly #ports: KnownPeersPorts;
  readonly #starts: Map<MemberNo, KnownStart>;
  /** Where members said they are, before the state says so. */
  readonly #heard = new Map<MemberNo, Heard>();
  #nodesSeen: unknown;
  #heardChanged = true;

  constructor(ports: KnownPeersPorts) {
    this.#ports = ports;
    this.#starts = ports.store.lives();
  }

  nameHeard(member: MemberNo): NodeId | undefined {
    return this.#heard.get(member)?.name;
  }

  /** Resolves with false where the member was put back to an older copy; it is told so. */
  async listenTo({ member, start, address }: Speaker, name: NodeId): Promise<boolean> {
    const { transport, store } = this.#ports;
    const known = this.#known(member);
    switch (judgeStart(known, start)) {
      case 'rolled_back':
        transport.send(name, ROLLED_BACK, { refused: start, known: known as KnownStart });
        return false;
      case 'newer':
        await store.rememberLife(member, start);
        this.#starts.set(member, start);
        this.#hear(member, { name, address });
        return true;
      case 'known':
        // The start may be on disk since before this process: where it listens is not.
        if (!this.#heard.has(member)) this.#hear(member, { name, address });
        return true;
    }
  }

  /** Whom this node may call. */
  names(): readonly NodeId[] {
    const ofState = (this.#ports.state()?.members() ?? []).map(({ name }) => name);
    const joinedBy = this.#ports.joinedBy.map(({ name }) => name);
    const heard = [...this.#heard.values()].map(({ name }) => name);
    return [...new Set([...ofState, ...joinedBy, ...heard])];
  }

  /** Tells the transport whom it may call. */
  update(): void {
    const nodes = this.#ports.state()?.nodes();
    if (nodes === this.#nodesSeen && !this.#heardChanged) return;
    this.#nodesSeen = nodes;
    this.#heardChanged = false;
    const peers = new Map<NodeId, PeerAddress>();
    for (const { name, host, port } of this.#ports.joinedBy) peers.set(name, { host, port });
    for (const { name, address } of nodes ?? []) {
      peers.set(name, { host: address.host, port: address.peerPort });
    }
    for (const [member, { name, address }] of this.#heard) {
      if (this.#isRegistered(member)) this.#heard.delete(member);
      else peers.set(name, address);
    }
    this.#ports.transport.setPeers(peers);
  }

  /** What the member registered since it was heard is newer than what it said. */
  #isRegistered(member: MemberNo): boolean {
    const registered = this.#ports.state()?.node(member)?.bootNumber ?? 0;
    return registered >= (this.#starts.get(member)?.bootNumber ?? 0);
  }

  #hear(member: MemberNo, heard: Heard): void {
    if (this.#isRegistered(member)) return;
    this.#heard.set(member, heard);
    this.#heardChanged = true;
    this.update();
  }

  #known(member: MemberNo): KnownStart | undefined {
    return laterStart(this.#starts.get(member), this.#ports.state()?.node(member));
  }
}

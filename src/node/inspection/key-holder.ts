/**
 * Tells what this node alone holds of a key, for operators who look into it.
 *
 * It shows what lies there, whatever the ring says of this node, and what an answer of a replica
 * would refuse to tell: a record that is damaged, one that is left over, one of a start that does
 * not count. So nothing of it may ever be counted. It only reads: a damaged record is not even
 * noted to be mended.
 *
 * What it tells is on disk, as with every other answer.
 */

import { decodeObject } from '../../causality/object-codec.ts';
import type { Content, Sibling } from '../../causality/sibling-object.ts';
import { DecodeError, EMPTY_BYTES } from '../../kernel/bytes.ts';
import type { MetadataState } from '../../metadata/state.ts';
import { type AcceptorRecord, decodeAcceptorRecord } from '../../paxos/acceptor-record.ts';
import { listOfBallot } from '../../paxos/ballot.ts';
import { decodeRegister } from '../../paxos/register-codec.ts';
import type { Store } from '../../ports/store.ts';
import type { Transport } from '../../ports/transport.ts';
import type { Hints } from '../../replica/hints.ts';
import { checkRecord, type StoredVersion } from '../../replica/record-codec.ts';
import { type Address, objectKey, registerKey } from '../../replica/store-keys.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import {
  type HeldContent,
  type HeldHint,
  type HeldKey,
  type HeldRegister,
  type HeldSibling,
  type HeldValue,
  type HeldVersion,
  type Holding,
  INSPECT_KEY,
  type InspectRequest,
  type Whole,
} from './held-key.ts';

/** Longer values are cut. */
export const WHOLE_VALUE_BYTES_MAX = 4_096;
/** Of what is cut: to tell by it what it is. */
export const HEAD_BYTES = 64;

export interface KeyHolderPorts {
  readonly view: ClusterView;
  readonly store: Store;
  readonly hints: Pick<Hints, 'lookAt' | 'durable'>;
  /** The lineage under which this node mints. */
  readonly lineage: { readonly id: number };
  readonly state: () => Pick<MetadataState, 'index' | 'values'> | undefined;
}

export class KeyHolder {
  readonly #ports: KeyHolderPorts;

  constructor(ports: KeyHolderPorts) {
    this.#ports = ports;
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    transport.serve(INSPECT_KEY, (request) => this.tell(request));
  }

  async tell(request: InspectRequest): Promise<HeldKey> {
    const { view, lineage, state } = this.#ports;
    const epoch = view.formed ? view.ring().partitionEpochs[request.partition] : undefined;
    const told = {
      epoch: epoch ?? null,
      applied: state()?.index ?? 0,
      counted: view.counted,
      lineage: lineage.id,
      holding: this.#holding(request),
    };
    await this.#durable(request);
    return told;
  }

  #holding(request: InspectRequest): Holding {
    const { mode, values } = request;
    switch (mode) {
      case 'dynamo':
        return {
          mode,
          record: this.#record(request, values),
          hints: this.#hints(request, values),
        };
      case 'paxos':
        return { mode, register: this.#register(request, values) };
      case 'raft':
        return { mode, value: this.#value(request, values) };
    }
  }

  async #durable(address: InspectRequest): Promise<void> {
    const { store, hints } = this.#ports;
    if (address.mode === 'paxos') return store.durable(registerKey(address));
    if (address.mode === 'raft') return;
    await Promise.all([store.durable(objectKey(address)), hints.durable(address)]);
  }

  #record(address: Address, values: boolean): Whole<HeldVersion> | null {
    const bytes = this.#ports.store.get(objectKey(address));
    if (bytes === undefined) return null;
    return unlessDamaged(() => heldVersion(checkRecord(bytes), values));
  }

  #hints(address: Address, values: boolean): readonly HeldHint[] {
    return this.#ports.hints.lookAt(address).map(({ target, storedAt, version }) => ({
      target,
      storedAt,
      version: version === undefined ? 'damaged' : heldVersion(version, values),
    }));
  }

  #register(address: Address, values: boolean): Whole<HeldRegister> | null {
    const bytes = this.#ports.store.get(registerKey(address));
    if (bytes === undefined) return null;
    return unlessDamaged(() => heldRegister(decodeAcceptorRecord(bytes), values));
  }

  #value({ bucketNumber, key }: Address, values: boolean): HeldValue | null {
    const found = this.#ports.state()?.values.get(bucketNumber, key);
    if (found === undefined) return null;
    const { revision, lease } = found;
    return { ...heldContent(found, values), revision, lease: lease ?? null };
  }
}

function unlessDamaged<Record>(read: () => Record): Whole<Record> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return 'damaged';
  }
}

function heldVersion({ digest, encoded, self }: StoredVersion, values: boolean): HeldVersion {
  const { clock, siblings } = decodeObject(encoded);
  return {
    digest,
    clock,
    siblings: siblings.map((sibling) => heldSibling(sibling, values)),
    self: self ?? null,
  };
}

function heldSibling(sibling: Sibling, values: boolean): HeldSibling {
  const { dot, hlc } = sibling;
  return { dot, hlc, ...heldContent(sibling, values) };
}

function heldRegister(record: AcceptorRecord, values: boolean): HeldRegister {
  const { version, content } = decodeRegister(record.register);
  return {
    promised: listOfBallot(record.promised),
    accepted: listOfBallot(record.accepted),
    copied: record.copied,
    version: listOfBallot(version),
    content: content === undefined ? null : heldContent(content, values),
  };
}

/** A copy of what is told: a view would keep the whole record in memory. */
function heldContent(
  { value, contentType, meta, expiresAt }: Content,
  values: boolean,
): HeldContent {
  const shown = value.length <= WHOLE_VALUE_BYTES_MAX ? value.length : HEAD_BYTES;
  const head = values ? new Uint8Array(value.subarray(0, shown)) : EMPTY_BYTES;
  return { contentType, meta, expiresAt: expiresAt ?? null, bytes: value.length, head };
}

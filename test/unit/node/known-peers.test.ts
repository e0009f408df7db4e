/** Whom a node may call, and by what name, before its state tells. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeRecord } from '../../../src/metadata/node-record.ts';
import type { KnownStart, Start } from '../../../src/metadata/starts.ts';
import type { MetadataState } from '../../../src/metadata/state.ts';
import { ROLLED_BACK } from '../../../src/node/metadata-group/group-messages.ts';
import { KnownPeers } from '../../../src/node/metadata-group/known-peers.ts';
import { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import type { PeerAddress, Transport } from '../../../src/ports/transport.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const OLD = { host: 'old', port: 1 };
const NEW = { host: 'new', port: 1 };
const FIRST: Start = { bootNumber: 1, life: 11, since: [] };
const SECOND: Start = { bootNumber: 2, life: 22, since: [11] };

let simulation: Simulation;
let disk: SimDisk;
let state: MetadataState | undefined;
let book: ReadonlyMap<string, PeerAddress>;
let books: number;
let refused: unknown[];
let peers: KnownPeers;

/** The process of this node, on the same disk. */
function begin(): void {
  const transport = {
    setPeers: (given: ReadonlyMap<string, PeerAddress>) => {
      book = given;
      books++;
    },
    send: (...sent: unknown[]) => refused.push(sent),
  } as unknown as Transport;
  const store = new RaftStore(new SimStore(simulation, disk, () => {}));
  peers = new KnownPeers({
    transport,
    store,
    joinedBy: [{ name: 'n1', ...OLD }],
    state: () => state,
  });
  peers.update();
}

const hear = (start: Start, address = NEW) =>
  simulation.complete(peers.listenTo({ member: 3, start, address }, 'n3'));

/** What the state tells of member 3. */
function told({ bootNumber, life }: KnownStart): MetadataState {
  const address = { host: OLD.host, peerPort: OLD.port, clientPort: 2 };
  const node = { nodeNo: 3, name: 'n3', bootNumber, life, address } as NodeRecord;
  const nodes = [node];
  return {
    node: (no: number) => (no === 3 ? node : undefined),
    nodes: () => nodes,
    members: () => nodes,
  } as unknown as MetadataState;
}

beforeEach(() => {
  simulation = new Simulation(1, settle);
  disk = new SimDisk();
  state = undefined;
  books = 0;
  refused = [];
  begin();
});

describe('a node without a state', () => {
  it('may call those that admitted it, and whoever speaks to it', async () => {
    expect([...book.keys()]).toEqual(['n1']);
    expect(await hear(FIRST)).toBe(true);
    expect(book.get('n3')).toEqual(NEW);
    expect([peers.nameHeard(3), peers.names()]).toEqual(['n3', ['n1', 'n3']]);
  });

  it('may call after a restart whom it heard before, when that one speaks again', async () => {
    await hear(FIRST);
    begin();
    expect(peers.nameHeard(3)).toBeUndefined();
    expect(await hear(FIRST)).toBe(true);
    expect([peers.nameHeard(3), book.get('n3')]).toEqual(['n3', NEW]);
  });

  it('does not listen to a start that has forgotten one that was heard', async () => {
    await hear(SECOND);
    begin();
    expect(await hear(FIRST)).toBe(false);
    expect(peers.nameHeard(3)).toBeUndefined();
    expect(refused).toEqual([
      ['n3', ROLLED_BACK, { refused: FIRST, known: { bootNumber: 2, life: 22 } }],
    ]);
  });
});

describe('a node whose state is behind', () => {
  beforeEach(async () => {
    state = told(FIRST);
    begin();
    await hear(SECOND);
  });

  it('calls a member where that one says it is, after a restart too', async () => {
    expect(book.get('n3')).toEqual(NEW);
    begin();
    expect(book.get('n3')).toEqual(OLD);
    await hear(SECOND);
    expect(book.get('n3')).toEqual(NEW);
  });

  it('goes by the state when that tells of the start, whatever comes then', async () => {
    state = told(SECOND);
    peers.update();
    const before = books;
    await hear(SECOND);
    await hear(SECOND);
    expect([book.get('n3'), peers.nameHeard(3), books]).toEqual([OLD, undefined, before]);
  });
});

it('the address book is not made anew with every message', async () => {
  await hear(FIRST);
  const before = books;
  await hear(FIRST);
  expect(books).toBe(before);
});

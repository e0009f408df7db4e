/** What other nodes may ask of the leader of the metadata group. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCommand } from '../../../src/metadata/command-codec.ts';
import { type Applied, PROPOSE } from '../../../src/node/metadata-group/group-messages.ts';
import { MetadataGroup } from '../../../src/node/metadata-group/metadata-group.ts';
import type { Handler, Transport } from '../../../src/ports/transport.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';
import { address } from '../metadata/cluster.ts';
import { configurationOf, foundedStore, IDENTITY } from './founded-store.ts';

const GRANT = encodeCommand({ command: { type: 'grant_lease', ttlMs: 5_000 } });

let simulation: Simulation;
let group: MetadataGroup;
let handlers: Map<string, Handler<unknown, unknown>>;
let fatal: unknown[];
let told: string[];

/** What another node is answered. */
async function propose(data: Uint8Array): Promise<Applied> {
  const handler = handlers.get(PROPOSE.kind) as Handler<unknown, unknown>;
  const answer = async () => handler(data, { from: 'n2', deadline: simulation.nowMs + 5_000 });
  return simulation.complete(answer() as Promise<Applied>);
}

/** A group of this node alone. */
beforeEach(async () => {
  simulation = new Simulation(1, settle);
  const metadataStore = new SimStore(simulation, new SimDisk(), () => {});
  await foundedStore(simulation, metadataStore, configurationOf([1]));
  handlers = new Map();
  fatal = [];
  told = [];
  const transport = {
    serve: ({ kind }: { kind: string }, handler: Handler<unknown, unknown>) =>
      handlers.set(kind, handler),
    serveIntroductions: () => {},
    setPeers: () => {},
  };
  group = new MetadataGroup(
    {
      identity: IDENTITY,
      start: () => ({ bootNumber: 1, life: 5, since: [] }),
      address: address(1),
      onRegistered: async () => void told.push('registered'),
      onChange: () => {},
    },
    {
      metadataStore,
      clock: new SimClock(simulation),
      random: simulation.random,
      transport: transport as unknown as Transport,
      logger: new SimLogger(simulation, 'n1'),
      metrics: new SimMetrics(),
      onFatal: (error) => fatal.push(error),
    },
  );
  group.start();
  await simulation.advance(2_000);
});

afterEach(() => {
  group.stop();
  expect(fatal).toEqual([]);
});

it('the only voter leads, and its start is registered', () => {
  expect([group.leader, group.registered, told]).toEqual(['n1', true, ['registered']]);
  expect(group.state?.node(1)).toMatchObject({ bootNumber: 1, life: 5 });
});

/** It may be one that the leader, of an older version, does not know. */
const TOO_NEW = 'cluster_upgrading';

describe('a command that another node sends', () => {
  it('is carried out', async () => {
    expect((await propose(GRANT)).reply).toMatchObject({ ok: true, type: 'grant_lease' });
  });

  it('is a copy in the log, of what the socket may overwrite', async () => {
    const data = Uint8Array.from(GRANT);
    const answer = propose(data);
    data.fill(0xff);
    expect((await answer).reply).toMatchObject({ ok: true, type: 'grant_lease' });
  });

  it.each([
    ['of an unknown version', Buffer.concat([Buffer.of(99), GRANT.subarray(1)]), TOO_NEW],
    ['of an unknown type', Buffer.concat([GRANT.subarray(0, 2), Buffer.of(99)]), TOO_NEW],
    ['cut short', GRANT.subarray(0, -1), 'bad_request'],
    ['empty', new Uint8Array(0), 'bad_request'],
  ])('is refused where it is %s, and nothing is logged', async (_, data, code) => {
    const { lastIndex } = group.runner.raft.status();
    await expect(propose(data)).rejects.toMatchObject({ code, definite: true });
    await simulation.advance(1_000);
    expect(group.runner.raft.status().lastIndex).toBe(lastIndex);
    expect((await propose(GRANT)).index).toBe(lastIndex + 1);
  });
});

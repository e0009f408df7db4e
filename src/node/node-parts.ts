/**
 * The parts of one node, put together from its ports. Each is handed the parts that it uses;
 * nothing is started here, and nothing is served.
 */

import { Coordinator } from '../coordinator/coordinator.ts';
import type { NodeId } from '../kernel/names.ts';
import type { ReapedPartition } from '../metadata/command.ts';
import type { NodeRecord } from '../metadata/node-record.ts';
import { RegisterListing } from '../paxos/register-listing.ts';
import { Registers } from '../paxos/registers.ts';
import { BackgroundBudget } from '../repair/background-budget.ts';
import { HintDelivery } from '../repair/hint-delivery.ts';
import { RegisterUpkeep } from '../repair/register-upkeep.ts';
import { Repair } from '../repair/repair.ts';
import { DamagedRecords } from '../replica/damaged-records.ts';
import { Fallback } from '../replica/fallback.ts';
import { Hints } from '../replica/hints.ts';
import type { NodeLife } from '../replica/node-life.ts';
import { ReapAdoption } from '../replica/reap-adoption.ts';
import { ReapNumbers } from '../replica/reap-numbers.ts';
import { Replica } from '../replica/replica.ts';
import { Trees } from '../replica/trees.ts';
import { DeletedBucketSweep } from './deleted-bucket-sweep.ts';
import { factsOf } from './gossip/facts.ts';
import { GossipRunner } from './gossip/gossip-runner.ts';
import { NodeLiveness } from './gossip/node-liveness.ts';
import type { SilenceWatch } from './gossip/silence-watch.ts';
import { KeyHolder } from './inspection/key-holder.ts';
import { CatchingUp, type Informant } from './metadata-group/catching-up.ts';
import { MetadataGroup } from './metadata-group/metadata-group.ts';
import { MetadataLag } from './metadata-group/metadata-lag.ts';
import { MetadataView } from './metadata-group/metadata-view.ts';
import type { NodeConfig, NodePorts } from './node-config.ts';
import { RequestLedger } from './request-ledger.ts';
import { RingMoves } from './ring-moves/ring-moves.ts';

export interface NodeParts {
  readonly group: MetadataGroup;
  readonly catchingUp: CatchingUp;
  readonly metadataLag: MetadataLag;
  readonly view: MetadataView;
  readonly requests: RequestLedger;
  readonly gossip: GossipRunner;
  readonly liveness: NodeLiveness;
  readonly trees: Trees;
  readonly replica: Replica;
  readonly fallback: Fallback;
  readonly adoption: ReapAdoption;
  readonly sweep: DeletedBucketSweep;
  readonly hintDelivery: HintDelivery;
  readonly repair: Repair;
  readonly moves: RingMoves;
  readonly coordinator: Coordinator;
  readonly registers: Registers;
  readonly registerUpkeep: RegisterUpkeep;
  readonly registerListing: RegisterListing;
  readonly keyHolder: KeyHolder;
}

export interface WatchedPorts extends NodePorts {
  readonly transport: SilenceWatch;
}

/** Until this node has the state. */
const NOBODY: readonly NodeRecord[] = [];

/** Throws `StoreError` where the log of the metadata group is damaged. */
export function assembleNode(config: NodeConfig, ports: WatchedPorts, life: NodeLife): NodeParts {
  const { identity, address, compareEveryMs, reapEveryMs, joinsRing } = config;
  const { clock, metrics, transport } = ports;
  const self = identity.name;
  const group = new MetadataGroup(
    {
      identity,
      address,
      start: () => ({ bootNumber: life.bootNumber, life: life.life, since: life.since }),
      onRegistered: () => life.registered(),
      onChange: () => followMetadata(parts),
    },
    ports,
  );
  const { runner } = group;
  const others = () => informants(self, parts);
  const catchingUp = new CatchingUp({ clock, metrics, runner, others });
  const metadataLag = new MetadataLag({ clock, applied: () => group.state?.index ?? 0, others });
  const awaitNews = () => catchingUp.begin();
  const view = new MetadataView(identity.clusterId, group, clock, ports.sealUnder, awaitNews);
  const requests = new RequestLedger(clock, metrics);
  const trees = new Trees({ ...ports, self, view });
  const damaged = new DamagedRecords(ports);
  const damagedRegisters = new DamagedRecords({ ...ports, kind: 'registers' });
  const reaps = new ReapNumbers(ports.store);
  const replica = new Replica({ ...ports, self, view, trees, damaged, reaps, lineage: life });
  const hints = new Hints({ ...ports, reaps, bytesMax: config.hintBytesMax });
  const { marks } = replica;
  const adoption = new ReapAdoption({ ...ports, self, view, hints, reaps, marks });
  const gossip = new GossipRunner({
    ...ports,
    identity,
    address,
    roster: () => group.state?.members() ?? NOBODY,
    facts: () => factsOf(group.state?.index ?? 0, hints.summaries()),
  });
  const accused = (node: NodeId) => gossip.accused(node);
  const silent = (node: NodeId) => transport.silent(node);
  const liveness = new NodeLiveness({ ...ports, self, view, accused, silent });
  const fallback = new Fallback({ ...ports, self, view, hints, reaps, replica });
  const sweep = new DeletedBucketSweep({ ...ports, replica, fallback });
  const requestsInFlight = () => requests.inFlight;
  const budget = new BackgroundBudget({ ...ports, requestsInFlight });
  const hintDelivery = new HintDelivery({ ...ports, view, liveness, hints, budget });
  const own = { self, view, liveness, replica, trees, damaged, reaps, adoption, damagedRegisters };
  const paces = { budget, compareEveryMs, reapEveryMs };
  const beginReaping = (partitions: readonly ReapedPartition[]) => group.beginReaping(partitions);
  const repair = new Repair({ ...ports, ...own, ...paces, beginReaping });
  const wasRecovered = identity.recoveries !== undefined;
  const moves = new RingMoves({ ...ports, ...own, hints, budget, group, joinsRing, wasRecovered });
  const data = { self, view, liveness, replica, fallback, reaps };
  const coordinator = new Coordinator({ ...ports, ...data });
  const proposer = { nodeNo: identity.nodeNo, boot: life.bootNumber };
  const registers = new Registers({ ...ports, ...own, proposer });
  const registerUpkeep = new RegisterUpkeep({
    ...ports,
    ...own,
    ...paces,
    wasRecovered,
    raiseEpochs: (partitions) => group.raiseEpochs(partitions),
    rewrite: (bucket, key, deadline) => registers.rewrite({ bucket, key }, deadline),
  });
  const registerListing = new RegisterListing({ ...ports, ...own });
  const state = () => group.state;
  const keyHolder = new KeyHolder({ ...ports, view, hints, lineage: life, state });
  const parts: NodeParts = {
    group,
    catchingUp,
    metadataLag,
    view,
    requests,
    gossip,
    liveness,
    trees,
    replica,
    fallback,
    adoption,
    sweep,
    hintDelivery,
    repair,
    moves,
    coordinator,
    registers,
    registerUpkeep,
    registerListing,
    keyHolder,
  };
  return parts;
}

/** Whom this node may ask for news of the cluster. */
function informants(self: NodeId, { group, gossip, liveness }: NodeParts): readonly Informant[] {
  return (group.state?.members() ?? NOBODY)
    .filter(({ name }) => name !== self)
    .map(({ nodeNo, name }) => ({
      member: nodeNo,
      reachable: liveness.reachable(name),
      applied: gossip.member(name)?.facts.metadataIndex ?? 0,
    }));
}

/** What a change of the metadata sets going. */
function followMetadata({ adoption, moves, view, group, sweep }: NodeParts): void {
  adoption.follow();
  moves.follow();
  view.changed();
  if (view.formed) sweep.follow(group.state?.deletedBuckets ?? 0);
}

/** What is required of gossip with the figures of a LAN, measured in virtual time. */

import type { MemberNo } from '../../../src/gossip/message.ts';
import { SimCluster } from './sim-cluster.ts';

/** So long a cluster runs before something is done to it. */
const SETTLE_MS = 20_000;

export interface KillFigures {
  /** From the kill until the first of the others suspected it. */
  readonly firstSuspectedMs: number;
  /** Until all of them held it dead. */
  readonly deadMs: number;
}

/** A member of several is killed at a moment of chance. */
export function killOne(seed: number, members: number, loss = 0): KillFigures {
  const cluster = new SimCluster({ seed, members, loss });
  cluster.runFor(SETTLE_MS + (seed % 20) * 97);
  const victim = 1 + (seed % members);
  const killedMs = cluster.nowMs;
  cluster.kill(victim);
  const isDead = () =>
    cluster.machines().every((machine) => machine.member(victim)?.state === 'dead');
  cluster.runFor(120_000, isDead);
  if (!isDead()) throw new Error(`seed ${seed}: ${victim} is not held dead by all`);
  const suspected = cluster.observed.find(
    ({ atMs, change }) =>
      atMs >= killedMs && change.kind === 'suspected' && change.view.member === victim,
  );
  return {
    firstSuspectedMs: (suspected?.atMs ?? Number.NaN) - killedMs,
    deadMs: cluster.nowMs - killedMs,
  };
}

/** One member has something new to say, its address. @returns ms until all know */
export function spreadNews(seed: number, members: number, loss: number): number {
  const cluster = new SimCluster({ seed, members, loss });
  cluster.runFor(SETTLE_MS);
  const teller: MemberNo = 1 + (seed % members);
  const address = { host: 'moved', peerPort: 7_001, clientPort: 8_001 };
  const toldMs = cluster.nowMs;
  cluster.act(teller, (machine) => machine.setAddress(address));
  const others = cluster.machines().filter((_, at) => at + 1 !== teller);
  const knowAll = () => others.every((machine) => machine.member(teller)?.address.host === 'moved');
  cluster.runFor(60_000, knowAll);
  if (!knowAll()) throw new Error(`seed ${seed}: the news did not reach all`);
  return cluster.nowMs - toldMs;
}

export interface QuietFigures {
  readonly suspicions: number;
  readonly deaths: number;
  readonly messagesPerMemberSecond: number;
  readonly digest: number;
}

/** Nobody dies; what is believed of whom is wrong. */
export function runQuietly(
  seed: number,
  members: number,
  loss: number,
  minutes: number,
): QuietFigures {
  const cluster = new SimCluster({ seed, members, loss });
  cluster.runFor(minutes * 60_000);
  const count = (kind: string) =>
    cluster.observed.filter(({ change }) => change.kind === kind).length;
  return {
    suspicions: count('suspected'),
    deaths: count('died'),
    messagesPerMemberSecond: cluster.messagesSent / members / (minutes * 60),
    digest: cluster.digest,
  };
}

/** All that run hold all that run alive. */
function agreeAllLive(cluster: SimCluster): boolean {
  return cluster
    .machines()
    .every((machine) => machine.members().every(({ state }) => state === 'alive'));
}

/** Two halves are cut off from each other for so long. @returns ms from healing to agreement */
export function healAfter(seed: number, members: number, cutMs: number): number {
  const cluster = new SimCluster({ seed, members });
  cluster.runFor(SETTLE_MS);
  const everybody = Array.from({ length: members }, (_, at) => at + 1);
  const half = Math.floor(members / 2);
  cluster.partition(everybody.slice(0, half), everybody.slice(half));
  cluster.runFor(cutMs);
  for (const no of everybody) {
    const others = cluster.machine(no).members();
    const dead = others.filter(({ state }) => state === 'dead').length;
    const across = no <= half ? members - half : half;
    if (dead !== across) throw new Error(`seed ${seed}: ${no} holds ${dead} of ${across} dead`);
  }
  cluster.heal();
  const healedMs = cluster.nowMs;
  cluster.runFor(600_000, () => agreeAllLive(cluster));
  if (!agreeAllLive(cluster)) throw new Error(`seed ${seed}: the halves stay apart`);
  return cluster.nowMs - healedMs;
}

/** All are down at once, for long enough to be dead where one stayed up, and start again. */
export function restartAll(seed: number, members: number): number {
  const cluster = new SimCluster({ seed, members });
  cluster.runFor(SETTLE_MS);
  for (let no = 2; no <= members; no++) cluster.kill(no);
  cluster.runFor(60_000);
  for (let no = 2; no <= members; no++) cluster.start(no);
  const startedMs = cluster.nowMs;
  cluster.runFor(600_000, () => agreeAllLive(cluster));
  if (!agreeAllLive(cluster)) throw new Error(`seed ${seed}: somebody stays dead`);
  return cluster.nowMs - startedMs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/**
 * Rules of registers, and how to break each: the workload must notice. A test that uses them
 * puts `brokenRounds` and `brokenCopying` in the place of the modules that they wrap.
 */

import { vi } from 'vitest';
import { decodeAcceptorRecord } from '../../../src/paxos/acceptor-record.ts';
import { sameBallot, ZERO } from '../../../src/paxos/ballot.ts';
import type * as copying from '../../../src/paxos/copied-register.ts';
import { type Grant, Grants } from '../../../src/paxos/grants.ts';
import type * as rounds from '../../../src/paxos/rounds.ts';
import type { Store, StoreWrite } from '../../../src/ports/store.ts';
import { registersRest } from '../../../src/replica/store-keys.ts';
import { SimStore } from '../../../src/sim/sim-store.ts';

export interface BrokenRule {
  readonly rule: string;
  readonly breakIt: () => void;
  /** One that shows it today, to save time. */
  readonly firstSeed: number;
}

const broken = { readsOne: false, forgetsWhenCopying: false };

export function mendAll(): void {
  vi.restoreAllMocks();
  broken.readsOne = false;
  broken.forgetsWhenCopying = false;
}

export function brokenRounds(original: typeof rounds): typeof rounds {
  return {
    ...original,
    readRound: (ports, plan, deadline) => {
      if (!broken.readsOne) return original.readRound(ports, plan, deadline);
      const { self } = ports;
      const one = plan.replicas.includes(self) ? [self] : plan.replicas.slice(0, 1);
      const asked = { ...plan, replicas: one, written: one, writeLists: [one], move: undefined };
      return original.readRound(ports, asked, deadline);
    },
  };
}

export function brokenCopying(original: typeof copying): typeof copying {
  return {
    withCopied: (local, incoming) =>
      broken.forgetsWhenCopying ? undefined : original.withCopied(local, incoming),
  };
}

const USES_MAX = 3;

/** What was sent under a ballot and not answered is sent under it no more. */
function useBallotsAgain(): void {
  const uses = new WeakMap<Grant, number>();
  const take = Grants.prototype.take;
  vi.spyOn(Grants.prototype, 'take').mockImplementation(function (this: Grants, key, epoch) {
    const grant = take.call(this, key, epoch);
    const used = grant === undefined ? USES_MAX : (uses.get(grant) ?? 0) + 1;
    if (grant === undefined || used >= USES_MAX) return grant;
    uses.set(grant, used);
    this.put(key, grant);
    return grant;
  });
}

function promiseBeforeItIsOnDisk(): void {
  const write = SimStore.prototype.write;
  vi.spyOn(SimStore.prototype, 'write').mockImplementation(function (this: SimStore, writes) {
    const [first] = writes;
    const isPromise = first !== undefined && isPromiseOf(this, first);
    const durable = write.call(this, writes);
    if (!isPromise) return durable;
    durable.catch(() => {});
    return Promise.resolve();
  });
}

/** Nothing else of the record of a register changes. */
function isPromiseOf(store: Store, write: StoreWrite): boolean {
  if (write.type !== 'put' || write.key[0] !== REGISTERS_TABLE) return false;
  const before = store.get(write.key);
  const accepted = before === undefined ? ZERO : decodeAcceptorRecord(before).accepted;
  return sameBallot(accepted, decodeAcceptorRecord(write.value).accepted);
}

const REGISTERS_TABLE = registersRest(0, 0).from[0];

export const BROKEN_RULES: readonly BrokenRule[] = [
  {
    rule: 'a ballot under which an accept was sent is not used for another value',
    breakIt: useBallotsAgain,
    firstSeed: 3,
  },
  {
    rule: 'a promise is on disk before it is given',
    breakIt: promiseBeforeItIsOnDisk,
    firstSeed: 187,
  },
  {
    rule: 'what an acceptor has accepted moves with its partition',
    breakIt: () => {
      broken.forgetsWhenCopying = true;
    },
    firstSeed: 38,
  },
  {
    rule: 'a read needs a quorum that agrees',
    breakIt: () => {
      broken.readsOne = true;
    },
    firstSeed: 5,
  },
];

/**
 * For each promise that a table of the README speaks of, the schedules in which whoever does
 * not keep it is caught. Five nodes; `p2` has missed a write that `p1` has, and answers readers.
 *
 * A read that is refused shows nothing wrong. So where a promise is to be kept by an answer,
 * the schedule throws on a refusal.
 */

import { isExpected } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { valuesOf } from '../harness.ts';
import { cluster, f1, f2, KEY, p1, p2, p3, startFive } from '../key-with-fallbacks.ts';
import { bringBack, kill } from '../places.ts';
import { type HeldUp, holdUp } from '../reaping-cluster.ts';
import type { Begin, Client } from './clients.ts';

/** As the README names them. */
export const PROMISES = [
  'fresh',
  'own writes',
  'forward',
  'in order',
  'after its cause',
  'all keys',
  'everybody forward',
  'one step',
] as const;
export type Promised = (typeof PROMISES)[number];

/** Longer than any schedule waits for it. */
export const NEVER_MS = 60_000;

/** How long a write has to be acknowledged by those whom it reaches. */
const ACKNOWLEDGED_MS = 50;

/** From `p2` to `p1`: others are asked in its place. */
const SLOW_MS = 150;

/** Read repairs are so late, which a blocking one waits for. */
const REPAIR_MS = 300;

/** Messages with state that is kept for a node until it takes it. */
export const KEEPS_STATE_FOR_OTHERS = ['replica.store_many', 'replica.hint'];
const CARRIES_STATE = ['replica.store', 'paxos.accept', ...KEEPS_STATE_FOR_OTHERS];

/** Of which nobody has heard when a schedule begins. */
const NEW_KEY = 'new';

/** What keeps `p2` from having the write. */
type Lag = 'one behind' | 'two behind' | 'stood in for';
const LAGS: readonly Lag[] = ['one behind', 'two behind', 'stood in for'];

export const BUCKETS = [
  { name: 'paxos', mode: 'paxos' },
  { name: 'raft', mode: 'raft' },
] as const;

/** All keys have the same replicas, in all buckets. */
export const startOnePartition = (nodes = 5) =>
  startFive({ nodes, partitionCount: 1, buckets: BUCKETS });

/** Whether clients that begin like this are promised that: in none of the schedules is it broken. */
export async function isKept(promised: Promised, begin: Begin): Promise<boolean> {
  for (const schedule of SCHEDULES[promised]) {
    await startOnePartition();
    const isBroken = await schedule(() => begin(cluster));
    if (cluster.fatalErrors.length > 0) throw cluster.fatalErrors[0];
    if (isBroken) return false;
  }
  return true;
}

/** Resolves with whether the promise was broken. */
type Schedule = (begin: () => Client) => Promise<boolean>;

const SCHEDULES: Readonly<Record<Promised, readonly Schedule[]>> = {
  fresh: LAGS.map((lag) => async (begin) => {
    if (!(await writtenBehind(lag, () => begin().put(p1, KEY, 'new')))) return false;
    return isMissing('new', await readAfter(lag, begin(), KEY));
  }),
  'own writes': LAGS.map((lag) => async (begin) => {
    const client = begin();
    if (!(await writtenBehind(lag, () => client.put(p1, KEY, 'mine')))) return false;
    return isMissing('mine', await readAfter(lag, client, KEY));
  }),
  forward: [
    (begin) => isBackwards(begin, (reader) => reader),
    (begin) => isBackwardsInTheirStead(begin, (reader) => reader),
  ],
  'everybody forward': [
    (begin) => isBackwards(begin, begin),
    (begin) => isBackwardsInTheirStead(begin, begin),
  ],
  'in order': LAGS.map((lag) => async (begin) => {
    const client = begin();
    if (!(await writtenBehind(lag, () => client.put(p1, KEY, 'first')))) return false;
    return isSecondWithoutFirst(begin, client, lag);
  }),
  'after its cause': [
    async (begin) => {
      await begunAt1(begin(), 'first');
      const client = begin();
      await seenAt1(client, 'first');
      return isSecondWithoutFirst(begin, client, 'two behind');
    },
  ],
  'all keys': [
    ...LAGS.map(
      (lag): Schedule =>
        async (begin) => {
          const writer = begin();
          if (!(await writtenBehind(lag, () => writer.put(p1, KEY, 'photo')))) return false;
          return isAlbumWithoutPhoto(begin, writer, lag);
        },
    ),
    async (begin) => {
      await begunAt1(begin(), 'photo');
      const writer = begin();
      await seenAt1(writer, 'photo');
      return isAlbumWithoutPhoto(begin, writer, 'two behind');
    },
  ],
  'one step': [
    async (begin) => {
      await done(begin().put(p1, KEY, '0'));
      await cluster.simulation.advance(100);
      const adding = [begin().addOne(p1, KEY), begin().addOne(p2, KEY)];
      const added = await cluster.complete(Promise.allSettled(adding));
      const sum = added.filter(({ status }) => status === 'fulfilled').length;
      const read = await done(begin().get(p1, KEY));
      return read.join() !== String(sum);
    },
  ],
};

/** The next reader misses what one has read. */
async function isBackwards(begin: () => Client, next: (reader: Client) => Client) {
  await begunAt1(begin(), 'new');
  const reader = begin();
  await seenAt1(reader, 'new');
  return isMissing('new', await readAfter('two behind', next(reader), KEY));
}

/**
 * Likewise, of a key that is new, when the replicas that have it are gone: those that stand in
 * for them know nothing of it, and of nothing there is no copy to be asked for.
 */
async function isBackwardsInTheirStead(begin: () => Client, next: (reader: Client) => Client) {
  await begunAt1(begin(), 'new', NEW_KEY);
  heldUp([p1, p2], [p3, f1, f2], NEVER_MS);
  await kill(cluster, p3);
  const reader = begin();
  const first = await answerOrRefusal(reader.get(p1, NEW_KEY));
  await bringBack(cluster, p3);
  await kill(cluster, p1, p2);
  const read = await answerOrRefusal(next(reader).get(p3, NEW_KEY));
  return !isMissing('new', first) && first !== 'refused' && isMissing('new', read);
}

async function isSecondWithoutFirst(begin: () => Client, client: Client, lag: Lag) {
  const second = await answerOrRefusal(client.put(p2, KEY, 'second'));
  if (second === 'refused') return refusedAfter(lag);
  const read = await readAfter(lag, begin(), KEY);
  if (read === 'refused' || read.includes('first')) return false;
  return (await shownInTheEnd()).includes('first');
}

async function isAlbumWithoutPhoto(begin: () => Client, writer: Client, lag: Lag) {
  const album = await answerOrRefusal(writer.put(p2, 'album', 'has the photo'));
  if (album === 'refused') return refusedAfter(lag);
  const reader = begin();
  const read = await readAfter(lag, reader, 'album');
  if (isMissing('has the photo', read)) throw new Error('the album is not there');
  return isMissing('photo', await readAfter(lag, reader, KEY));
}

/** In a dynamo bucket, of all replicas; the others show one value only. */
async function shownInTheEnd(): Promise<readonly string[]> {
  cluster.network.heal();
  return valuesOf(await cluster.complete(cluster.get(p1, KEY, { r: 3, readRepair: 'off' })));
}

/** Whether the write was acknowledged; `p2` has not heard of it. */
async function writtenBehind(lag: Lag, write: () => Promise<unknown>): Promise<boolean> {
  if (lag === 'stood in for') return writtenInTheirStead(write);
  const late = heldUp([p1], lag === 'one behind' ? [p2] : [p2, p3], NEVER_MS);
  const isAcknowledged = await isDoneSoon(write());
  mend(late);
  slowReaders();
  return isAcknowledged;
}

/** While `p2` and `p3` were down; what the others keep for them is late, and `p1` is gone. */
async function writtenInTheirStead(write: () => Promise<unknown>): Promise<boolean> {
  await kill(cluster, p2, p3);
  const written = await answerOrRefusal(write());
  heldUp([p1, f1, f2], [p2, p3], NEVER_MS);
  await bringBack(cluster, p2, p3);
  cluster.network.cutBothWays([p1], [p2, p3, f1, f2]);
  return written !== 'refused';
}

/** The write has reached `p1` and no other replica; its acknowledgement is not waited for. */
async function begunAt1(client: Client, value: string, key = KEY): Promise<void> {
  const late = heldUp([p1], [p2, p3], NEVER_MS);
  await isDoneSoon(client.put(p1, key, value));
  mend(late);
}

/** A read at `p1`, which is quicker than a repair in the background; `p2` is behind still. */
async function seenAt1(client: Client, value: string): Promise<void> {
  const late = heldUp([p1], [p2, p3], REPAIR_MS);
  const read = await done(client.get(p1, KEY));
  if (!read.includes(value)) throw new Error(`${p1} does not show ${value}`);
  mend(late);
  slowReaders();
}

function slowReaders(): void {
  cluster.network.setLink(p2, p1, { delayMsMin: SLOW_MS, delayMsMax: SLOW_MS });
}

async function readAfter(
  lag: Lag,
  client: Client,
  key: string,
): Promise<readonly string[] | 'refused'> {
  const read = await answerOrRefusal(client.get(p2, key));
  if (read === 'refused') refusedAfter(lag);
  return read;
}

/** Nothing was shown that breaks a promise; only where `p1` is gone may that be. */
function refusedAfter(lag: Lag): false {
  if (lag !== 'stood in for') throw new Error('refused though all that is needed can be reached');
  return false;
}

function isMissing(value: string, read: readonly string[] | 'refused'): boolean {
  return read !== 'refused' && !read.includes(value);
}

export async function isDoneSoon(promise: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  promise.then(
    () => {
      isDone = true;
    },
    () => {},
  );
  await cluster.simulation.advance(ACKNOWLEDGED_MS);
  return isDone;
}

function done<Result>(promise: Promise<Result>): Promise<Result> {
  return cluster.complete(promise);
}

function answerOrRefusal<Result>(promise: Promise<Result>): Promise<Result | 'refused'> {
  const refused = (error: unknown) => {
    if (isExpected(error)) return 'refused' as const;
    throw error;
  };
  return cluster.complete(promise.catch(refused));
}

/** Messages that bring state. */
export function heldUp(
  from: readonly NodeId[],
  to: readonly NodeId[],
  delayMs: number,
  kinds = CARRIES_STATE,
): readonly HeldUp[] {
  return from.flatMap((sender) =>
    to.flatMap((receiver) => kinds.map((kind) => holdUp(cluster, kind, sender, receiver, delayMs))),
  );
}

/** The last first, as each puts back what it found. */
export function mend(late: readonly HeldUp[]): void {
  for (const held of [...late].reverse()) held.mend();
}

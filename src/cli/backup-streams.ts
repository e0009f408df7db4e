/**
 * Begins the copies of all members so that nothing falls between two of them.
 *
 * First every member is asked how much it has removed by then (its mark), and only when all have
 * answered, every member for its copy, which names the mark at its own moment. Where the two agree
 * for every member, none has removed anything from when the last mark was told until its copy: what
 * was on some disk then is in the copy of that node, and no hint, no partition and no tombstone has
 * gone from one that was copied later to one that was copied earlier. Where they do not, all is
 * begun anew.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type CopyHead, decodeBlock, type RemovalMark } from '../kernel/backup-copy.ts';
import { TransportError } from '../kernel/errors.ts';
import { blocksOf } from './block-stream.ts';

export interface BackupMember {
  readonly name: string;
  removalMark(): Promise<RemovalMark>;
  copy(timeoutMs: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface OpenCopy {
  readonly name: string;
  readonly head: CopyHead;
  /** All, the head among them. */
  readonly blocks: AsyncIterable<Uint8Array>;
}

export interface OpenCopies {
  readonly copies: readonly OpenCopy[];
  /** Members that could not be asked, and why. */
  readonly missing: ReadonlyMap<string, string>;
  abort(): void;
}

export interface Opening {
  /** As of now. */
  readonly members: () => Promise<readonly BackupMember[]>;
  readonly patienceMs: number;
  /** Why it is begun anew. */
  readonly onAgain: (reason: string) => void;
}

const COPY_TIMEOUT_MS = 10_000;
const PAUSE_MS = 250;

/** Throws where members go on removing things for longer than there is patience. */
export async function openCopies({ members, patienceMs, onAgain }: Opening): Promise<OpenCopies> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const attempt = await openOnce(await members());
    if (typeof attempt !== 'string') return attempt;
    if (performance.now() >= until) {
      throw new Error(`${attempt} for ${patienceMs / 1_000} s: try again when that is over`);
    }
    onAgain(attempt);
    await sleep(PAUSE_MS);
  }
}

/** Or why it has to be begun anew. */
async function openOnce(members: readonly BackupMember[]): Promise<OpenCopies | string> {
  const missing = new Map<string, string>();
  const marks = new Map<string, RemovalMark>();
  await eachReachable(members, missing, async (member) => {
    marks.set(member.name, await member.removalMark());
  });
  const asked = members.filter(({ name }) => marks.has(name));
  const aborting = new AbortController();
  const abort = () => aborting.abort();
  const opened = new Map<string, OpenCopy>();
  try {
    await eachReachable(asked, missing, async (member) => {
      opened.set(member.name, await open(member, aborting.signal));
    });
  } catch (error) {
    abort();
    throw error;
  }
  const copies = asked.flatMap(({ name }) => opened.get(name) ?? []);
  const reason = copies.map((copy) => whyAgain(copy, marks, members)).find(Boolean);
  if (reason === undefined) return { copies, missing, abort };
  abort();
  return reason;
}

async function eachReachable(
  members: readonly BackupMember[],
  missing: Map<string, string>,
  ask: (member: BackupMember) => Promise<void>,
): Promise<void> {
  const asking = members.map(async (member) => {
    try {
      await ask(member);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      missing.set(member.name, error.message);
    }
  });
  // All have to be over before anything is given up.
  const settled = await Promise.allSettled(asking);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function open(member: BackupMember, signal: AbortSignal): Promise<OpenCopy> {
  const blocks = blocksOf(member.copy(COPY_TIMEOUT_MS, signal));
  const { done, value: first } = await blocks.next();
  if (done === true) throw new Error(`${member.name} sent nothing`);
  const block = decodeBlock(first);
  if (block.kind !== 'head') throw new Error(`${member.name} sent no copy`);
  // Two copies of one node, and none of the other, would pass for copies of both.
  if (block.head.node !== member.name) {
    throw new Error(
      `at the address of ${member.name} is ${block.head.node}: no backup has two copies of one node`,
    );
  }
  const all = async function* () {
    yield first;
    yield* blocks;
  };
  return { name: member.name, head: block.head, blocks: all() };
}

function whyAgain(
  { name, head }: OpenCopy,
  marks: ReadonlyMap<string, RemovalMark>,
  members: readonly BackupMember[],
): string | undefined {
  const mark = marks.get(name);
  const newcomer = head.members.find((member) => !members.some((one) => one.name === member));
  if (newcomer !== undefined) return `${newcomer} has joined the cluster`;
  if (mark?.life !== head.mark.life) return `${name} was started anew`;
  if (mark.deletes === head.mark.deletes) return undefined;
  return `${name} is removing records (hints that were handed over, keys that are reaped or moved, or those of a deleted bucket)`;
}

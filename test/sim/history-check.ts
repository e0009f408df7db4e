/**
 * What a recorded history of writes and reads proves about a store that keeps siblings.
 *
 * Values are unique, so a value names its write. A write *replaces* the values its writer had
 * seen. Where quorums overlap, a read must account for every value promised to it: the value
 * is in the answer, or a write replaced it whose own value the answer accounts for in turn.
 * Nothing else may make a value disappear.
 *
 * Overlap is promised among replicas only, so of each answer those are counted that came from
 * replicas. What fallbacks kept is promised to the reads at the end, when they have handed it
 * over and all replicas answer.
 *
 * What a read without repair told, and nobody acknowledged, is promised to reads of the same
 * nodes alone. While a partition moves there are two lists of replicas: a write in doubt may be
 * on the disks of one of them, which all reads of the other miss until the move is over.
 */

/** Replicas of each key. */
export const REPLICAS = 3;
/** What a delete without context reads, unless it is told otherwise. */
export const MAJORITY = 2;

export type Outcome = 'acknowledged' | 'failed' | 'unknown';

export interface RecordedWrite {
  readonly key: string;
  /** Unique in the history; undefined for a delete. */
  readonly value: string | undefined;
  /** Values that its writer had seen, or that it reads a majority to find out. */
  readonly replaces: ReadonlySet<string> | 'what a majority knows';
  /** Nodes that acknowledged. */
  readonly w: number;
  /** Of these, replicas of the key; known when the write was acknowledged. */
  primaries: number;
  /** Only replicas could take part in it. */
  readonly strict: boolean;
  readonly beganMs: number;
  /** `failed` is definite: it never happened and never will. */
  outcome: Outcome;
  /** Infinity while the outcome is unknown: it may still happen. */
  endedMs: number;
}

export interface RecordedRead {
  readonly key: string;
  readonly at: string;
  readonly r: number;
  /** Who answered. */
  readonly reached: readonly string[];
  /** Of these, replicas of the key. */
  readonly primaries: number;
  /** What it returned was made durable on r replicas first. */
  readonly blocking: boolean;
  /** Everything that fallbacks kept had been handed over, and all replicas answered. */
  readonly atTheEnd: boolean;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly values: readonly string[];
}

export interface History {
  readonly writes: readonly RecordedWrite[];
  readonly reads: readonly RecordedRead[];
  /** When each disk was lost that was lost. */
  readonly wipedAtMs: readonly number[];
}

/** From a moment on, so many replicas (`copies`) keep this write, or what replaced it. */
interface Guarantee {
  readonly write: RecordedWrite;
  readonly copies: number;
  /** So many nodes do, fallbacks included. */
  readonly kept: number;
  /** Where it is not known which replicas do, only that they are among these. */
  readonly among?: readonly string[];
  readonly sinceMs: number;
}

/** Empty for a correct history. */
export function violationsOf(history: History): readonly string[] {
  const keys = new Set(history.reads.map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const writes = history.writes.filter((write) => write.key === key);
    const reads = history.reads.filter((read) => read.key === key);
    return new KeyCheck(writes, reads, history.wipedAtMs).violations();
  });
}

class KeyCheck {
  readonly #writes: readonly RecordedWrite[];
  readonly #reads: readonly RecordedRead[];
  readonly #wipedAtMs: readonly number[];
  readonly #writeOf: ReadonlyMap<string, RecordedWrite>;
  readonly #guarantees: readonly Guarantee[];

  constructor(
    writes: readonly RecordedWrite[],
    reads: readonly RecordedRead[],
    wipedAtMs: readonly number[],
  ) {
    this.#writes = writes.filter(({ outcome }) => outcome !== 'failed');
    this.#reads = reads;
    this.#wipedAtMs = wipedAtMs;
    this.#writeOf = new Map(
      writes.flatMap((write) => (write.value === undefined ? [] : [[write.value, write]])),
    );
    this.#guarantees = [
      ...writes.flatMap((write) => guaranteeOfWrite(write)),
      ...reads.flatMap((read) => guaranteesOfRead(read, this.#writeOf)),
    ];
  }

  violations(): readonly string[] {
    return this.#reads.flatMap((read) => {
      const answer = `R=${read.r} of ${read.key} at ${read.at}, ${read.endedMs.toFixed(3)} ms, [${read.values}]`;
      const faults = [...this.#madeUp(read), ...this.#contradictions(read), ...this.#missed(read)];
      return faults.map((fault) => `${answer}: ${fault}`);
    });
  }

  /** Values that cannot have been there. */
  #madeUp({ values, endedMs }: RecordedRead): readonly string[] {
    return values.flatMap((value) => {
      const write = this.#writeOf.get(value);
      if (write === undefined || write.beganMs > endedMs) return [`${value} was never written`];
      return write.outcome === 'failed' ? [`${value} was reported as definitely not written`] : [];
    });
  }

  /** Whatever was asked and lost: a value is never beside one whose writer had seen it. */
  #contradictions({ values }: RecordedRead): readonly string[] {
    const present = values.flatMap((value) => this.#writeOf.get(value) ?? []);
    return present.flatMap((write) =>
      values
        .filter((value) => write.replaces !== 'what a majority knows' && write.replaces.has(value))
        .map((value) => `${value} is beside ${write.value}, which replaced it`),
    );
  }

  /** Values that the quorums promised and that are gone, or that they replaced and that are back. */
  #missed(read: RecordedRead): readonly string[] {
    const accounted = this.#accountedFor(read);
    const faults: string[] = [];
    for (const guarantee of this.#guarantees) {
      if (guarantee.sinceMs >= read.beganMs || !this.#meets(read, guarantee)) continue;
      const { write } = guarantee;
      if (write.value !== undefined && !accounted.has(write.value)) {
        faults.push(`${write.value} is lost: it was durable and nobody replaced it`);
      }
      for (const value of read.values) {
        const other = this.#writeOf.get(value);
        if (other === undefined || !this.#surelyReplaced(write, other)) continue;
        faults.push(`${value} is back: ${write.value ?? 'a delete'} had replaced it durably`);
      }
    }
    return faults;
  }

  /** The values of the answer, and those that these, or deletes, can have replaced. */
  #accountedFor({ values, endedMs }: RecordedRead): ReadonlySet<string> {
    const accounted = new Set(values);
    const writes = this.#writes.filter(({ beganMs }) => beganMs <= endedMs);
    const reasons = writes.filter(({ value }) => value === undefined || accounted.has(value));
    for (const reason of reasons) {
      for (const write of writes) {
        if (write.value === undefined || accounted.has(write.value)) continue;
        if (!canHaveReplaced(reason, write, write.value)) continue;
        accounted.add(write.value);
        reasons.push(write);
      }
    }
    return accounted;
  }

  #surelyReplaced(write: RecordedWrite, other: RecordedWrite): boolean {
    if (other.value === undefined) return false;
    if (write.replaces !== 'what a majority knows') return write.replaces.has(other.value);
    const knownToEverybody = other.outcome === 'acknowledged' && other.endedMs < write.beganMs;
    if (!knownToEverybody || !write.strict) return false;
    return this.#overlap(MAJORITY, other.primaries, write.endedMs);
  }

  /** Whether somebody who answered the read keeps what was promised. */
  #meets(read: RecordedRead, { copies, kept, among = [] }: Guarantee): boolean {
    const { primaries, reached, endedMs, atTheEnd } = read;
    if (atTheEnd && this.#overlap(REPLICAS, kept, endedMs)) return true;
    if (!among.every((node) => reached.includes(node))) return false;
    return this.#overlap(primaries, copies, endedMs);
  }

  /** Whether answers and copies have a replica in common, lost disks not counted. */
  #overlap(answers: number, copies: number, untilMs: number): boolean {
    const lost = this.#wipedAtMs.filter((atMs) => atMs <= untilMs).length;
    return answers + copies - lost > REPLICAS;
  }
}

function canHaveReplaced(by: RecordedWrite, write: RecordedWrite, value: string): boolean {
  if (by.replaces === 'what a majority knows') return write.beganMs <= by.endedMs;
  return by.replaces.has(value);
}

function guaranteeOfWrite(write: RecordedWrite): readonly Guarantee[] {
  if (write.outcome !== 'acknowledged') return [];
  const { w, primaries, endedMs } = write;
  return [{ write, copies: primaries, kept: w, sinceMs: endedMs }];
}

/**
 * What was told is on the disk that told it, which is a replica's where only replicas answered;
 * after blocking repair, on those of as many replicas as were asked for answers.
 */
function guaranteesOfRead(
  { blocking, values, r, reached, primaries, endedMs }: RecordedRead,
  writeOf: ReadonlyMap<string, RecordedWrite>,
): readonly Guarantee[] {
  const writes = values.flatMap((value) => writeOf.get(value) ?? []);
  const told = primaries >= r ? 1 : 0;
  const promise = blocking ? { copies: r, kept: r } : { copies: told, kept: 1, among: reached };
  return writes.map((write) => ({ write, ...promise, sinceMs: endedMs }));
}

/**
 * What one sees on the playground, in words: how the cluster is, and what that does to reads and
 * writes. It tells what was measured in the last seconds and why it is so; nothing is foretold.
 */

import { linkFaults, pairFaults, pairsOf, type Side, type Tables } from './fault-plan.ts';
import { listText, percentText } from './fault-text.ts';
import type { Judged } from './freshness.ts';
import type { Preset } from './presets.ts';

export interface Sentence {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly text: string;
}

export interface Scene {
  readonly names: readonly string[];
  readonly sides: readonly Side[];
  readonly tables: Tables;
  /** By node: milliseconds until it goes on. */
  readonly paused: ReadonlyMap<string, number>;
  /** The node that tells of the others. */
  readonly own: string;
  /** Nodes that it does not reach now. */
  readonly unreachable: readonly string[];
  /** How many replicas a key has. */
  readonly replicas: number;
  readonly preset: Preset;
  /** Of the last seconds, in the order in which they ended. */
  readonly recent: readonly Judged[];
}

export function explain(scene: Scene): readonly Sentence[] {
  return [...situation(scene), ...readsSeen(scene), ...writesSeen(scene)];
}

function situation(scene: Scene): readonly Sentence[] {
  const { names, tables, paused } = scene;
  const pairs = pairsOf(names).map((pair) => ({ pair, faults: pairFaults(tables, ...pair) }));
  const slow = Math.max(0, ...pairs.map(({ faults }) => faults.delayMs));
  const loss = Math.max(0, ...pairs.map(({ faults }) => faults.loss));
  const oneWay = names.flatMap((from) => {
    const to = names.filter((other) => isLostOneWay(tables, from, other));
    return to.length === 0 ? [] : [{ from, to }];
  });
  const disks = names.filter((name) => tables.get(name)?.disk?.delay !== undefined);
  const told: readonly Sentence[] = [
    ...split(scene),
    ...silent(scene),
    ...oneWay.map(({ from, to }) =>
      warn(
        `What ${from} sends to ${listText(to)} is lost, answers too; the other way all arrives.`,
      ),
    ),
    ...[...paused].map(([name, ms]) =>
      warn(
        `${name} stands still for ${Math.ceil(ms / 1_000)} s more. To the others it looks like a machine that hangs.`,
      ),
    ),
    ...(slow > 0
      ? [
          warn(
            `Messages on slow links take ${slow} ms longer each way; whoever needs an answer over one waits for both.`,
          ),
        ]
      : []),
    ...(loss > 0
      ? [
          warn(
            `${percentText(loss)} of the messages on bad links are lost for good; who waits for one asks another node, or waits in vain.`,
          ),
        ]
      : []),
    ...(disks.length > 0
      ? [warn(`The disk of ${listText(disks)} is slow: it acknowledges late.`)]
      : []),
  ];
  return told.length > 0 ? told : [plain('All links are whole, and all nodes are reached.')];
}

/** Which nothing that was done here explains. */
function silent({ own, unreachable, paused, tables }: Scene): readonly Sentence[] {
  const unexplained = unreachable.filter((name) => {
    const { cut, loss } = pairFaults(tables, own, name);
    return !paused.has(name) && cut === 'none' && loss === 0;
  });
  if (unexplained.length === 0) return [];
  const names = listText(unexplained);
  const are = unexplained.length === 1 ? 'it is' : 'they are';
  return [
    warn(
      `${own} does not reach ${names}, to which its links are whole: ${are} not running, or back in a moment.`,
    ),
  ];
}

function split({ sides, names, replicas }: Scene): readonly Sentence[] {
  const [one = [], other = []] = sides;
  if (sides.length < 2) return [];
  const parted =
    sides.length === 2
      ? `All links between ${listText(one)} on one side and ${listText(other)} on the other are cut.`
      : `The cluster is in ${sides.length} parts that hear nothing of each other: ${sides.map(listText).join('; ')}.`;
  return [warn(`${parted} ${majorityText(sides, names, replicas)}`)];
}

function majorityText(sides: readonly Side[], names: readonly string[], replicas: number): string {
  const all = names.length;
  if (replicas < all) {
    return `Who can serve the key goes by how many of its ${replicas} replicas are on a side.`;
  }
  const large = sides.find((side) => side.length * 2 > all);
  if (large === undefined) return 'No side has more than half of the nodes.';
  const isAre = large.length === 1 ? 'is' : 'are';
  return `${listText(large)} ${isAre} ${large.length} of ${all}: a majority.`;
}

function isLostOneWay(tables: Tables, from: string, to: string): boolean {
  if (from === to || linkFaults(tables, from, to).cut !== true) return false;
  return linkFaults(tables, to, from).cut !== true;
}

/** How the reads of one node went lately; the worst counts. */
type Service = 'fresh' | 'stale' | 'refused' | 'mixed';

function readsSeen({ names, recent, preset }: Scene): readonly Sentence[] {
  const byService = new Map<Service, string[]>();
  for (const name of names) {
    const reads = recent.filter(({ operation: { op, at } }) => op === 'read' && at === name);
    if (reads.length === 0) continue;
    const service = serviceOf(reads);
    byService.set(service, [...(byService.get(service) ?? []), name]);
  }
  const { fresh, stale, refused, mixed } = Object.fromEntries(byService) as Partial<
    Record<Service, string[]>
  >;
  const oldest = Math.max(0, ...recent.map(({ behind }) => behind));
  return [
    ...(fresh ? [good(`Readers at ${listText(fresh)} see every acknowledged write.`)] : []),
    ...(stale ? [warn(staleText(stale, oldest, preset))] : []),
    ...(refused ? [bad(refusedText(refused, recent, preset))] : []),
    ...(mixed ? [warn(`Readers at ${listText(mixed)} are answered now and then.`)] : []),
  ];
}

function serviceOf(reads: readonly Judged[]): Service {
  const refused = reads.filter(({ verdict }) => verdict === 'refused').length;
  if (refused === reads.length) return 'refused';
  if (reads.some(({ verdict }) => verdict === 'stale')) return 'stale';
  return refused > 0 ? 'mixed' : 'fresh';
}

function staleText(nodes: readonly string[], oldest: number, preset: Preset): string {
  const shown = `Readers at ${listText(nodes)} are answered, with values up to ${countText(oldest)} old.`;
  if (preset.mode !== 'dynamo') return shown;
  return `${shown} Serving on with what is at hand is the AP side of CAP.`;
}

function refusedText(nodes: readonly string[], recent: readonly Judged[], preset: Preset): string {
  const last = recent.findLast(({ operation, verdict }) => {
    return verdict === 'refused' && operation.op === 'read' && nodes.includes(operation.at ?? '');
  });
  const code = String(last?.operation.info?.code ?? 'no answer');
  const refused = `Readers at ${listText(nodes)} are refused (${code}).`;
  if (code === 'node_unreachable' || code === 'no_answer') {
    return `${refused} The node itself does not answer.`;
  }
  if (code === 'metadata_unavailable' && preset.mode !== 'raft') {
    return `${refused} The bucket is new and was made where that could not be heard: heal all, start again, then cut.`;
  }
  if (preset.inSession) {
    return `${refused} The session’s writes are out of reach there, and older values would break its promise.`;
  }
  return `${refused} No answer rather than a wrong one is the CP side of CAP.`;
}

function writesSeen({ recent }: Scene): readonly Sentence[] {
  const writes = recent.filter(({ operation: { op } }) => op !== 'read');
  const of = (verdict: Judged['verdict']) => writes.filter((write) => write.verdict === verdict);
  const [acknowledged, refused, unknown] = [of('acknowledged'), of('refused'), of('unknown')];
  const at = listText([...new Set(writes.map(({ operation }) => operation.at ?? ''))]);
  const code = String(refused.at(-1)?.operation.info?.code ?? '');
  return [
    ...(acknowledged.length > 0 ? [good(`Writes at ${at} are acknowledged.`)] : []),
    ...(refused.length > 0
      ? [bad(`Writes at ${at} are refused (${code}): they have certainly not happened.`)]
      : []),
    ...(unknown.length > 0
      ? [
          warn(
            `Of ${valuesText(unknown)} nobody knows whether ${unknown.length === 1 ? 'it was' : 'they were'} written: too few nodes acknowledged in time. Such a write may show at any time, or never.`,
          ),
        ]
      : []),
  ];
}

function valuesText(writes: readonly Judged[]): string {
  const values = writes.map(({ operation }) =>
    String('value' in operation ? operation.value : '?'),
  );
  return values.length <= 3
    ? listText(values)
    : `${listText(values.slice(0, 2))} … ${values.at(-1)}`;
}

function countText(count: number): string {
  return count === 1 ? 'one write' : `${count} writes`;
}

const plain = (text: string): Sentence => ({ tone: 'plain', text });
const good = (text: string): Sentence => ({ tone: 'good', text });
const warn = (text: string): Sentence => ({ tone: 'warn', text });
const bad = (text: string): Sentence => ({ tone: 'bad', text });

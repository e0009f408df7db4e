/** `quorate pbs`: how fresh reads are at each R and W, and what that costs. */

import { type Command, Option } from 'commander';
import type { PbsDocument, PbsPrediction } from '../client/pbs-document.ts';
import { REPLICATION_FACTOR_MAX } from '../node/settings.ts';
import { FIT_NAMES, FITS, type FitName } from '../pbs/fits.ts';
import { publishedModel } from '../pbs/models.ts';
import { type Prediction, predict } from '../pbs/prediction.ts';
import { WarsTrials } from '../pbs/wars.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { milliseconds, probability, wholeNumber } from './option-values.ts';
import { tableText } from './table-text.ts';

interface PbsFlags extends NodeOption {
  readonly n: number;
  /** Milliseconds. */
  readonly at: number;
  readonly probability: number;
  readonly fit?: FitName;
  readonly json?: true;
}

const DEFAULT_REPLICAS = 3;
const DEFAULT_AT_MS = 10;
const DEFAULT_PROBABILITY = 0.999;
const TRIALS = 200_000;

export function addPbsCommand(program: Command): void {
  const replicas = wholeNumber('replicas', 2, REPLICATION_FACTOR_MAX);
  addNodeOption(program.command('pbs'))
    .description('print how likely reads are to be fresh at each R and W, and what that costs')
    .option('--n <n>', 'replicas of a key', replicas, DEFAULT_REPLICAS)
    .option('--at <ms>', 'so long after a write was acknowledged', milliseconds, DEFAULT_AT_MS)
    .option('--probability <p>', 'how sure to be', probability, DEFAULT_PROBABILITY)
    .addOption(
      new Option('--fit <fit>', 'by published latencies, not by those of a node').choices(
        FIT_NAMES,
      ),
    )
    .option('--json', 'print it as JSON')
    .action(pbs);
}

async function pbs(flags: PbsFlags): Promise<void> {
  const { fit } = flags;
  if (fit !== undefined) return print(flags, byFit(fit, flags));
  await withClient(flags, async (client) => {
    const { n, at, probability } = flags;
    const document = await client.pbs({ n, at: [0, at], probabilities: [probability] });
    print(flags, { ...document, head: headOf(document) });
  });
}

type Answer = Pick<PbsDocument, 'n' | 'predictions'> & { readonly head: string };

function print({ json, ...flags }: PbsFlags, { head, ...document }: Answer): void {
  const text = json === true ? JSON.stringify(document, null, 2) : textOf(head, document, flags);
  process.stdout.write(`${text}\n`);
}

function textOf(
  head: string,
  { predictions }: Pick<Answer, 'predictions'>,
  { at, probability }: Pick<PbsFlags, 'at' | 'probability'>,
): string {
  if (predictions.length === 0) return head;
  const columns = [
    ...['R', 'W', 'fresh at once', `fresh after ${at} ms`, `${percent(probability)} fresh after`],
    ...['read p50', 'p99', 'p99.9', 'write p50', 'p99', 'p99.9'],
  ];
  return `${head}\n\n${tableText(columns, predictions.map(rowOf))}`;
}

function rowOf({ r, w, fresh, freshFrom, readMs, writeMs }: PbsPrediction): readonly string[] {
  return [
    String(r),
    String(w),
    ...fresh.map(({ probability }) => percent(probability)),
    ...freshFrom.map(({ fromMs }) => ms(fromMs)),
    ...[readMs, writeMs].flatMap(({ p50, p99, p999 }) => [ms(p50), ms(p99), ms(p999)]),
  ];
}

function headOf({ node, reason, measured: { sinceMs, ownWrites, peers } }: PbsDocument): string {
  if (reason !== null) return reason;
  const counts = peers.map(
    ({ node, reads, writes }) => `${node}: ${writes} writes, ${reads} reads`,
  );
  return [
    `by what ${node} measured in the last ${Math.ceil(sinceMs / 1_000)} s (${ownWrites} writes; ${counts.join('; ')}):`,
    `a write through ${node}, and a read through another replica so long after its acknowledgement`,
  ].join('\n');
}

function byFit(fit: FitName, { n, at, probability }: PbsFlags): Answer {
  const trials = new WarsTrials(publishedModel(fit, n), Math.random, TRIALS);
  trials.run(TRIALS);
  const levels = Array.from({ length: n }, (_, i) => i + 1);
  const asked = { atMs: [0, at], probabilities: [probability] };
  return {
    n,
    head: [
      `by published latencies (${FITS[fit].title}; Bailis et al., VLDB 2012), not those of this cluster:`,
      `a coordinator that is no replica asks all ${n} and waits for R, or W, of them`,
    ].join('\n'),
    predictions: levels.flatMap((r) => levels.map((w) => documentOf(predict(trials, r, w, asked)))),
  };
}

function documentOf({ read, write, ...prediction }: Prediction): PbsPrediction {
  return { ...prediction, readMs: read, writeMs: write };
}

/** With as many digits as tell it from certainty. */
function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}

function ms(time: number): string {
  return `${time.toFixed(time < 10 ? 2 : 1)} ms`;
}

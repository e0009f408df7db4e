/** The sweep over R and W as a table, and what it says. */

import { tableText } from '../../src/cli/table-text.ts';
import { whole } from '../command-line.ts';
import { type Cell, REPLICAS } from './sweep.ts';

const PER_OPERATIONS = 10_000;
const WIDTH_MAX = 100;

const HEAD = [
  ...['W', 'R', 'R+W>3', 'own write missed', 'went back'],
  ...['put p50 ms', 'p99', 'get p50 ms', 'p99', 'errors'],
];

export function sweepLines(cells: readonly Cell[]): readonly string[] {
  return [
    `Violations per ${whole(PER_OPERATIONS)} operations, N=${REPLICAS}, one replica behind slow links, clients that`,
    'go to another node with each operation; read_repair=off, sloppy=false',
    '',
    tableText(HEAD, cells.map(rowOf)),
    '',
    ...wrapped(readingOf(cells)),
  ];
}

export function cellLine(cell: Cell): string {
  const [w, r, , missed, back, , putP99, , getP99, errors] = rowOf(cell);
  return `W=${w} R=${r}: own write missed ${missed}, went back ${back}, p99 put ${putP99} get ${getP99} ms, errors ${errors}`;
}

function rowOf(cell: Cell): readonly string[] {
  const { r, w, put, get, errors } = cell;
  const faults = Object.entries(errors).map(([what, times]) => `${times} x ${what}`);
  return [
    String(w),
    String(r),
    mustOverlap(cell) ? 'yes' : 'no',
    rateOf(cell, cell.missedWrites),
    rateOf(cell, cell.wentBack),
    ...[put.p50Ms, put.p99Ms, get.p50Ms, get.p99Ms].map((ms) => ms.toFixed(1)),
    faults.join(', ') || '0',
  ];
}

function mustOverlap({ r, w }: Cell): boolean {
  return r + w > REPLICAS;
}

function rateOf({ operations }: Cell, times: number): string {
  const rate = (times * PER_OPERATIONS) / operations;
  return rate > 0 && rate < 10 ? rate.toFixed(1) : whole(rate);
}

function violationsOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { missedWrites, wentBack }) => sum + missedWrites + wentBack, 0);
}

function readingOf(cells: readonly Cell[]): string {
  const overlapping = cells.filter(mustOverlap);
  const others = cells.filter((cell) => !mustOverlap(cell));
  const operations = whole(overlapping.reduce((sum, cell) => sum + cell.operations, 0));
  const found = violationsOf(overlapping);
  const verdict =
    found === 0
      ? `Where R+W>${REPLICAS} no read in ${operations} operations missed its client's last write or went back: any R replicas and any W replicas have one in common.`
      : `Where R+W>${REPLICAS} there were ${found} violations in ${operations} operations, and there must be none: THIS IS A FAULT.`;
  const each = others.map(
    (cell) =>
      `W=${cell.w} R=${cell.r} (${rateOf(cell, cell.missedWrites)} and ${rateOf(cell, cell.wentBack)})`,
  );
  const elsewhere = `Elsewhere both happen, since a read may be answered without the replicas that have the write: ${each.join(', ')}.`;
  return `${verdict} ${elsewhere} ${priceOf(cells)}`;
}

function priceOf(cells: readonly Cell[]): string {
  const medians = (chosen: readonly Cell[], operation: 'put' | 'get') => {
    return chosen.map((cell) => cell[operation].p50Ms.toFixed(1)).join(', ');
  };
  const gets = medians(
    cells.filter(({ w }) => w === 1),
    'get',
  );
  const puts = medians(
    cells.filter(({ r }) => r === 1),
    'put',
  );
  return (
    `The price is time: half of the gets took up to ${gets} ms at R=1, 2, 3 (W=1), half of the puts ` +
    `${puts} ms at W=1, 2, 3 (R=1); ${REPLICAS} always waits for the replica that lags. Clients make ` +
    'no pauses: where nothing waits, they keep the machine busy, and that is the latency.'
  );
}

function wrapped(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length > WIDTH_MAX) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** The results as a table for people. */

import { whole } from '../command-line.ts';
import type { Contest, ContestResult, Score } from './contest.ts';
import type { ContestantName } from './contestant.ts';
import type { Measurement } from './recording.ts';
import type { Spread } from './spread.ts';

const HEAD = [
  'case',
  'value',
  '',
  'ops/s',
  '(min-max)',
  'p50 ms',
  'p99',
  'p99.9',
  'cpu us',
  'errors',
];

export function resultTable(results: readonly ContestResult[]): string {
  const closed = results.filter(({ drive }) => drive.loop === 'closed');
  const open = results.filter(({ drive }) => drive.loop === 'open');
  const sections = [
    tableOf('Closed loop: every connection asks again as soon as it is answered.', closed),
    tableOf('Open loop: sent on schedule, latency from the intended time of sending.', open),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function tableOf(title: string, results: readonly ContestResult[]): string {
  if (results.length === 0) return '';
  const rows = results.flatMap((result) => [
    ...result.scores.map((score, i) => [...caseCells(result, i), ...scoreCells(score)]),
    ...ratioRows(result),
  ]);
  return `${title}\nMedians of the rounds; cpu us: processor time of the three nodes for one request.\n\n${alignedColumns([HEAD, ...rows])}`;
}

function caseCells(result: ContestResult, row: number): readonly string[] {
  if (row > 0) return ['', ''];
  const { drive } = result;
  const rate = drive.loop === 'open' ? ` @${whole(drive.rate)}/s` : '';
  return [result.case + rate, `${result.valueBytes} B`];
}

function scoreCells({
  name,
  opsPerS,
  p50Ms,
  p99Ms,
  p999Ms,
  cpuUs,
  errors,
  voided,
}: Score): string[] {
  const faults = Object.entries(errors).map(([what, count]) => `${count} x ${what}`);
  if (voided > 0) faults.push(`${voided} rounds void: the generator was late`);
  return [
    name,
    whole(opsPerS.median),
    `${whole(opsPerS.min)}-${whole(opsPerS.max)}`,
    ...[p50Ms, p99Ms, p999Ms].map(({ median }) => median.toFixed(2)),
    cpuUs.median > 0 ? cpuUs.median.toFixed(0) : '-',
    faults.join(', ') || '0',
  ];
}

/** In an open loop both do what they are asked: a ratio would say nothing. */
function ratioRows({ ratio, drive }: ContestResult): readonly string[][] {
  if (ratio === undefined || drive.loop === 'open') return [];
  return [['', '', 'ratio', ...ratioCells(ratio), '', '', '', '', '']];
}

function ratioCells({ median, min, max }: Spread): readonly string[] {
  return [median.toFixed(3), `${min.toFixed(3)}-${max.toFixed(3)}`];
}

/** One line while it runs. */
export function progressLine(
  { benchCase, valueBytes, drive }: Contest,
  round: number,
  contestant: ContestantName,
  measurement: Measurement,
): string {
  const { opsPerS, p50Ms, p99Ms, errors, voided } = measurement;
  const faults = Object.keys(errors).length > 0 ? `  errors ${JSON.stringify(errors)}` : '';
  const late = voided === true ? '  VOID: the generator was late' : '';
  return (
    `${benchCase.name} ${valueBytes} B, ${drive.loop} loop, round ${round + 1}: ` +
    `${contestant} ${whole(opsPerS)}/s  p50 ${p50Ms.toFixed(2)}  p99 ${p99Ms.toFixed(2)} ms${faults}${late}`
  );
}

/** The first three columns are names, the last one a text, those between are figures. */
function alignedColumns(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) => {
    const width = widths[column] ?? 0;
    return column < 3 ? text.padEnd(width) : text.padStart(width);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

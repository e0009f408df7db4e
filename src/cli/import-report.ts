/** What an import came to, by the numbers of its lines. */

import { EXIT } from './exit.ts';
import { tableText } from './table-text.ts';

export const TROUBLES = ['conflict', 'bad', 'unknown'] as const;

/** What somebody may have to see to; `unknown`: imported or not. */
export type Trouble = (typeof TROUBLES)[number];

export type Range = readonly [from: number, to: number];

export interface ImportTally {
  /** Of the text, skipped ones among them. */
  lines: number;
  imported: number;
  present: number;
  conflict: number;
  expired: number;
  bad: number;
  unknown: number;
  /** The import ended before its time, and goes on from this line; null: it did not. */
  goOnFrom: number | null;
  /** The first ones. */
  readonly problems: { readonly line: number; readonly problem: string }[];
}

const PROBLEMS_TOLD_MAX = 100;
const NUMBERS_MAX = 100_000;

export class ImportReport {
  readonly tally: ImportTally = {
    ...{ lines: 0, imported: 0, present: 0, conflict: 0, expired: 0, bad: 0, unknown: 0 },
    goOnFrom: null,
    problems: [],
  };
  readonly #numbers: Readonly<Record<Trouble, number[]>> = { conflict: [], bad: [], unknown: [] };

  note(trouble: Trouble, line: number, problem: string): void {
    const { tally } = this;
    tally[trouble]++;
    if (tally.problems.length < PROBLEMS_TOLD_MAX) tally.problems.push({ line, problem });
    if (this.#numbers[trouble].length < NUMBERS_MAX) this.#numbers[trouble].push(line);
  }

  /** Of the first hundred thousand of each. */
  rangesOf(trouble: Trouble): readonly Range[] {
    const ranges: [number, number][] = [];
    for (const line of this.#numbers[trouble].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last !== undefined && last[1] + 1 === line) last[1] = line;
      else ranges.push([line, line]);
    }
    return ranges;
  }

  /** Nothing was done, and nothing found out. */
  get isEmpty(): boolean {
    const { imported, present, conflict, expired, bad, unknown } = this.tally;
    return imported + present + conflict + expired + bad + unknown === 0;
  }

  get exitCode(): number {
    const { unknown, bad, conflict, goOnFrom } = this.tally;
    if (unknown > 0) return EXIT.undecided;
    return bad > 0 || conflict > 0 || goOnFrom !== null ? EXIT.failed : EXIT.done;
  }

  document() {
    const [conflict, bad, unknown] = TROUBLES.map((trouble) => this.rangesOf(trouble));
    return { ...this.tally, lineNumbers: { conflict, bad, unknown } };
  }

  text(): string {
    const { tally } = this;
    const rows: readonly (readonly [string, number, string])[] = [
      ['imported', tally.imported, ''],
      ['already there', tally.present, 'with just these values'],
      ['conflict', tally.conflict, `left as they are: ${this.#linesText('conflict')}`],
      ['expired', tally.expired, 'since they were exported'],
      ['bad', tally.bad, `not imported: ${this.#linesText('bad')}`],
      [
        'unknown',
        tally.unknown,
        `imported or not: import them again: ${this.#linesText('unknown')}`,
      ],
    ];
    return tableText(
      [`${tally.lines} lines`, 'keys', ''],
      rows.map(([what, count, note]) => [what, String(count), count === 0 ? '' : note]),
    );
  }

  #linesText(trouble: Trouble): string {
    const ranges = this.rangesOf(trouble).map(([from, to]) =>
      from === to ? `${from}` : `${from}-${to}`,
    );
    const more = this.tally[trouble] > NUMBERS_MAX ? ' and more' : '';
    return `${this.tally[trouble] === 1 ? 'line' : 'lines'} ${ranges.join(', ')}${more}`;
  }
}

/**
 * Charts as data. They are drawn in a page (report/) and as SVG for publication; whoever makes
 * one says its units, and in one sentence what to see.
 */

export type Chart = LineChart | BarChart | HeatChart;

interface Described {
  /** Of its files, kebab-case. */
  readonly name: string;
  readonly title: string;
  /** One sentence: what to see. */
  readonly caption: string;
}

export interface Axis {
  /** With its unit: `time since the write (ms)`. */
  readonly label: string;
  readonly log?: true;
  /** Left out: from the data. */
  readonly min?: number;
  readonly max?: number;
}

/** Lines, dots, or areas that are stacked, over one numeric axis. */
export interface LineChart extends Described {
  readonly kind: 'lines' | 'scatter' | 'stacked';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Shaded spans of the x axis: faults. */
  readonly spans?: readonly Span[];
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** A prediction beside what was measured. */
  readonly dashed?: true;
  /** Single measurements with their intervals: what lies between two of them is not known. */
  readonly unjoined?: true;
  /** What it means, where a colour should say so. */
  readonly tone?: Tone;
}

export interface Point {
  readonly x: number;
  /** Null: nothing was measured there. */
  readonly y: number | null;
  /** An interval: of confidence, or of the repeats. */
  readonly low?: number;
  readonly high?: number;
  /** A dot's name. */
  readonly label?: string;
}

export interface Span {
  readonly from: number;
  readonly until: number;
  readonly label: string;
}

/** Groups of bars side by side, or stacked. */
export interface BarChart extends Described {
  readonly kind: 'bars' | 'stacked-bars';
  readonly y: Axis;
  /** Names of the groups, along the x axis. */
  readonly groups: readonly string[];
  readonly series: readonly {
    readonly name: string;
    readonly tone?: Tone;
    /** One for each group; null: none was measured. */
    readonly values: readonly (number | null)[];
    readonly ranges?: readonly (readonly [low: number, high: number] | null)[];
  }[];
}

/** Rows by columns, each cell with its number. */
export interface HeatChart extends Described {
  readonly kind: 'heat';
  /** What the numbers are, with the unit. */
  readonly label: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** By row, then column; null: does not apply. */
  readonly cells: readonly (readonly (number | null)[])[];
}

/** Good, bad, in doubt, and neither. */
export type Tone = 'ok' | 'bad' | 'unknown' | 'plain';

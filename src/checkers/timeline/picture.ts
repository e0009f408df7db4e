/**
 * What the picture of a history shows, as the page's script takes it: lanes, bars and faults.
 * Of a big history only the part around what was found is drawn.
 *
 * All texts are made harmless here as far as a reader's eyes go (control characters, and those
 * that turn the direction of writing); that they are no markup is the page's business.
 */

import type { FaultWindow, Operation } from '../history.ts';
import { answerText, inputText, operationText, shortText, type Times } from '../operation-text.ts';
import type { Finding } from './findings.ts';
import { harmless } from './markup.ts';

/** A browser draws so many without stopping for breath. */
export const OPERATIONS_MAX = 1_500;
const FINDINGS_MAX = 50;
const FAULTS_MAX = 500;
const LABEL_CHARACTERS_MAX = 40;
const TIP_CHARACTERS_MAX = 600;

interface Bar {
  /** Its place in the history, counted from 1. */
  readonly no: number;
  readonly lane: string;
  readonly key: string;
  readonly op: string;
  readonly outcome: Operation['outcome'];
  readonly from: number;
  /** Null: it was never answered. */
  readonly to: number | null;
  readonly label: string;
  /** Where there is no room for the label. */
  readonly short: string;
  readonly tip: string;
}

interface DrawnFinding {
  readonly check: string;
  readonly key: string;
  readonly text: string;
  /** Numbers of bars; the last is what failed. */
  readonly bars: readonly number[];
  /** Numbers of bars, each with its place in the order, counted from 1. */
  readonly order: readonly (readonly [bar: number, place: number])[];
  /** How many were placed altogether. */
  readonly placed: number;
}

export interface Picture {
  readonly unit: Times;
  readonly lanes: readonly string[];
  readonly keys: readonly string[];
  readonly bars: readonly Bar[];
  readonly faults: readonly { readonly text: string; readonly from: number; readonly to: number }[];
  readonly findings: readonly DrawnFinding[];
  /** Operations and findings that are left out. */
  readonly barsLeftOut: number;
  readonly findingsLeftOut: number;
  readonly from: number;
  readonly to: number;
}

export function pictureOf(
  history: readonly Operation[],
  faults: readonly FaultWindow[],
  all: readonly Finding[],
  unit: Times,
): Picture {
  const findings = all.slice(0, FINDINGS_MAX);
  const drawn = drawnPlaces(history, findings);
  const barOf = new Map(drawn.map((place, bar) => [place, bar]));
  const laneOf = laneNames(history);
  const bars = drawn.map((place) => barAt(history, place, laneOf, unit));
  const [from, to] = spanOf(bars);
  return {
    unit,
    lanes: [...new Set(bars.map(({ lane }) => lane))].sort(inNaturalOrder),
    keys: [...new Set(bars.map(({ key }) => key))].sort(inNaturalOrder),
    bars,
    faults: faults
      .filter((fault) => fault.from <= to && (fault.until ?? to) >= from)
      .slice(0, FAULTS_MAX)
      .map((fault) => ({
        text: harmless(fault.fault),
        from: Math.max(fault.from, from),
        to: Math.min(fault.until ?? to, to),
      })),
    findings: findings.map((finding) => drawnFinding(finding, barOf)),
    barsLeftOut: history.length - drawn.length,
    findingsLeftOut: all.length - findings.length,
    from,
    to,
  };
}

/** What was found; then what happened near it, on its keys first; in the order of the history. */
function drawnPlaces(history: readonly Operation[], findings: readonly Finding[]): number[] {
  if (history.length <= OPERATIONS_MAX) return [...history.keys()];
  const found = new Set(findings.flatMap(({ operations }) => operations));
  const keys = new Set(findings.map(({ key }) => key));
  const [first] = findings;
  const centre = history[first?.operations.at(-1) ?? 0]?.invoke ?? 0;
  const rank = (place: number): number => {
    const { key, invoke } = history[place] as Operation;
    if (found.has(place)) return Number.NEGATIVE_INFINITY;
    // Twice as far away on another key is as good.
    return Math.abs(invoke - centre) * (keys.has(key) ? 1 : 2);
  };
  return [...history.keys()]
    .map((place) => ({ place, rank: rank(place) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, OPERATIONS_MAX)
    .map(({ place }) => place)
    .sort((a, b) => a - b);
}

function drawnFinding(finding: Finding, barOf: ReadonlyMap<number, number>): DrawnFinding {
  const { check, key, text, operations, order } = finding;
  return {
    check,
    key: harmless(key),
    text: shortened(harmless(text), TIP_CHARACTERS_MAX),
    bars: operations.flatMap((place) => barOf.get(place) ?? []),
    order: order.flatMap((place, i) => {
      const bar = barOf.get(place);
      return bar === undefined ? [] : [[bar, i + 1] as const];
    }),
    placed: order.length,
  };
}

/** By session where all have one, else by process. */
function laneNames(history: readonly Operation[]): (operation: Operation) => string {
  const bySession = history.every(({ session }) => session !== undefined);
  return ({ session, process }) =>
    bySession ? `session ${harmless(session ?? '')}` : `process ${process}`;
}

function barAt(
  history: readonly Operation[],
  place: number,
  laneOf: (operation: Operation) => string,
  unit: Times,
): Bar {
  const operation = history[place] as Operation;
  const { key, op, outcome, invoke, complete } = operation;
  const label = `${inputText(operation)}${outcome === 'ok' ? answerText(operation) : ''}`;
  return {
    no: place + 1,
    lane: laneOf(operation),
    key: harmless(key),
    op,
    outcome,
    from: invoke,
    to: complete,
    label: shortened(harmless(label), LABEL_CHARACTERS_MAX),
    short: shortened(harmless(shortText(operation)), LABEL_CHARACTERS_MAX),
    tip: tipOf(operation, unit),
  };
}

function tipOf(operation: Operation, unit: Times): string {
  const { key, session, quorum, info } = operation;
  const lines = [
    operationText(operation, unit),
    `key ${JSON.stringify(key)}`,
    ...(session === undefined ? [] : [`session ${session}`]),
    ...(quorum === undefined ? [] : [`quorum ${JSON.stringify(quorum)}`]),
    ...(info === undefined ? [] : [`info ${JSON.stringify(info)}`]),
  ];
  return lines.map((line) => shortened(harmless(line), TIP_CHARACTERS_MAX)).join('\n');
}

function spanOf(bars: readonly Bar[]): readonly [from: number, to: number] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const bar of bars) {
    from = Math.min(from, bar.from);
    to = Math.max(to, bar.to ?? bar.from);
  }
  return [from, to];
}

function inNaturalOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function shortened(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}

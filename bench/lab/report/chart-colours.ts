/**
 * The colours of charts by day and by night. Those of series are Okabe and Ito's, which
 * people tell apart who do not see all colours, lightened or darkened for the background.
 */

import type { Tone } from '../chart.ts';

export interface Colour {
  /** Of its class in a drawing. */
  readonly name: string;
  readonly light: string;
  readonly dark: string;
}

const SERIES: readonly Colour[] = [
  { name: 'c0', light: '#0072b2', dark: '#56a8e0' },
  { name: 'c1', light: '#d98200', dark: '#f0a93c' },
  { name: 'c2', light: '#009e73', dark: '#3cc79e' },
  { name: 'c3', light: '#b8508f', dark: '#dd8fbd' },
  { name: 'c4', light: '#7a5cc4', dark: '#ab93ec' },
  { name: 'c5', light: '#a04a00', dark: '#d98a4e' },
  { name: 'c6', light: '#3aa5d6', dark: '#8ed2f3' },
  { name: 'c7', light: '#5b6470', dark: '#a5afbc' },
];

const TONES: Readonly<Record<Exclude<Tone, 'plain'>, Colour>> = {
  ok: { name: 'ok', light: '#2e9a5b', dark: '#4fbf80' },
  bad: { name: 'bad', light: '#cc3340', dark: '#ff7479' },
  unknown: { name: 'unknown', light: '#e0a020', dark: '#e8b54a' },
};

const INK = { light: '#1d2127', dark: '#e6e9ee' };
const SOFT = { light: '#5d6776', dark: '#a0aab8' };
const LINE = { light: '#e1e4e9', dark: '#303742' };
const CARD = { light: '#ffffff', dark: '#1b1f25' };
const FAULT = { light: '#d9480f', dark: '#ff9a6b' };
const HEAT = { light: '#57a5dc', dark: '#2a6cab' };

/** For the script of a page, which paints the same. */
export const SHADES = { ink: INK, soft: SOFT, line: LINE, card: CARD, fault: FAULT } as const;

interface Coloured {
  readonly tone?: Tone;
  readonly dashed?: true;
}

/**
 * One for each series. Where there are as many dashed series as others, the first dashed one is
 * what was predicted for the first of the others, and has its colour; and so on.
 */
export function coloursOf(series: readonly Coloured[]): readonly Colour[] {
  const dashed = series.filter((one) => one.dashed === true);
  const solid = series.filter((one) => one.dashed !== true);
  const arePairs = dashed.length === solid.length;
  return series.map((one, i) => {
    if (one.tone !== undefined && one.tone !== 'plain') return TONES[one.tone];
    const kin = one.dashed === true ? dashed : solid;
    const number = arePairs ? kin.indexOf(one) : i;
    return SERIES[number % SERIES.length] as Colour;
  });
}

/** Of all drawings in a document. */
export const CHART_STYLE = `
svg.chart { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
${rules('light')}
.chart text { stroke: none; }
.chart .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.chart .dashed { stroke-dasharray: 6 5; }
.chart .band { fill-opacity: 0.16; stroke: none; }
.chart .area { fill-opacity: 0.72; stroke: none; }
.chart .whisker { fill: none; stroke-width: 1.5; }
.chart .dot { stroke-width: 1.2; }
.chart .span { fill-opacity: 0.1; }
.chart .edge { stroke-dasharray: 3 3; stroke-opacity: 0.55; }
.chart .heading { font-size: 15px; font-weight: 600; }
.chart .axis { font-size: 12px; }
.chart .tick { font-size: 11.5px; font-variant-numeric: tabular-nums; }
.chart .small { font-size: 11px; }
.chart .halo { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round; }
@media (prefers-color-scheme: dark) {
${rules('dark')}
.chart text.inside { fill: ${CARD.dark}; stroke: none; }
}
`;

/** Without custom properties, which only browsers know. */
function rules(scheme: 'light' | 'dark'): string {
  const ofSeries = [...SERIES, ...Object.values(TONES)].flatMap(({ name, [scheme]: colour }) => [
    `.chart .${name} .stroke { stroke: ${colour}; }`,
    `.chart .${name} .fill { fill: ${colour}; }`,
  ]);
  return [
    `.chart text { fill: ${INK[scheme]}; }`,
    `.chart .soft { fill: ${SOFT[scheme]}; }`,
    `.chart .card { fill: ${CARD[scheme]}; }`,
    `.chart .grid { stroke: ${LINE[scheme]}; }`,
    `.chart .base { stroke: ${SOFT[scheme]}; }`,
    `.chart .fault { fill: ${FAULT[scheme]}; }`,
    `.chart .edge { stroke: ${FAULT[scheme]}; }`,
    `.chart .heat { fill: ${HEAT[scheme]}; }`,
    `.chart .range { stroke: ${INK[scheme]}; }`,
    `.chart .dot { stroke: ${CARD[scheme]}; }`,
    `.chart text.halo { stroke: ${CARD[scheme]}; }`,
    ...ofSeries,
  ].join('\n');
}

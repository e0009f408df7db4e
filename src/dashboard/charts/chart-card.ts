/** One chart with its title, its lines by name, and what they say at the moment that is looked at. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Chart } from './catalog.ts';
import { lineLook } from './line-look.ts';
import { Plot, type PlottedLine } from './plot.ts';

export interface ChartCardProps {
  readonly chart: Chart;
  readonly times: readonly number[];
  readonly lines: readonly PlottedLine[];
  /** Of the times: what is looked at. */
  readonly index: number;
  readonly marked: number | undefined;
  readonly onPoint: (index: number | undefined) => void;
}

export function ChartCard(props: ChartCardProps): VNode {
  const { chart, times, lines, index, marked, onPoint } = props;
  const { name, title, unit, meaning, empty, axis } = chart;
  const isEmpty = lines.every(({ figures }) => figures.every((figure) => (figure ?? 0) === 0));
  return html`
    <section class="card chart" aria-labelledby=${`chart-${name}`}>
      <h2 id=${`chart-${name}`}>${title} <span class="quiet small">${unit}</span></h2>
      <p class="meaning quiet small">${meaning}</p>
      <div class="stage">
        <${Plot} label=${`${title}, ${unit}, over five minutes`} times=${times} lines=${lines} axis=${axis} marked=${marked} onPoint=${onPoint} />
        ${isEmpty && html`<p class="empty">${empty}</p>`}
      </div>
      <ul class="legend">
        ${lines.map((line, place) => html`<${LegendLine} key=${line.id} chart=${chart} line=${line} place=${place} index=${index} />`)}
      </ul>
    </section>
  `;
}

interface LegendLineProps {
  readonly chart: Chart;
  readonly line: PlottedLine;
  readonly place: number;
  readonly index: number;
}

function LegendLine({ chart, line, place, index }: LegendLineProps): VNode {
  const { colour, dash } = lineLook(place);
  const figure = line.figures[index] ?? null;
  return html`
    <li>
      <svg width="22" height="8" aria-hidden="true">
        <line x1="0" y1="4" x2="22" y2="4" style=${{ stroke: colour }} stroke-width="2" stroke-dasharray=${dash.join(' ')} />
      </svg>
      <span>${line.label}</span>
      <span class="figure">${figure === null ? '–' : chart.text(figure)}</span>
    </li>
  `;
}

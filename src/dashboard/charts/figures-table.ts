/** The charts as text: what each line says now, and what it said in five minutes. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Chart } from './catalog.ts';
import type { PlottedLine } from './plot.ts';

export interface DrawnChart {
  readonly chart: Chart;
  readonly lines: readonly PlottedLine[];
}

export function FiguresTable({ drawn }: { drawn: readonly DrawnChart[] }): VNode {
  const [isOpen, setOpen] = useState(false);
  const onToggle = (event: Event) => setOpen((event.currentTarget as HTMLDetailsElement).open);
  return html`
    <details class="card" onToggle=${onToggle}>
      <summary>The same as a table</summary>
      ${
        isOpen &&
        html`<div class="scroll">
          <table>
            <thead>
              <tr><th>Chart</th><th>Line</th><th class="number">Now</th><th class="number">Mean</th><th class="number">Most</th></tr>
            </thead>
            <tbody>
              ${drawn.flatMap(({ chart, lines }) => lines.map((line) => html`<${Row} key=${line.id} chart=${chart} line=${line} />`))}
            </tbody>
          </table>
        </div>`
      }
    </details>
  `;
}

function Row({ chart, line }: { chart: Chart; line: PlottedLine }): VNode {
  const known = line.figures.filter((figure) => figure !== null);
  const sum = known.reduce((all, figure) => all + figure, 0);
  const now = line.figures.at(-1) ?? null;
  const text = (figure: number | null) => (figure === null ? '–' : chart.text(figure));
  return html`
    <tr>
      <th scope="row">${chart.title}</th>
      <td>${line.label}</td>
      <td class="number">${text(now)}</td>
      <td class="number">${text(known.length === 0 ? null : sum / known.length)}</td>
      <td class="number">${text(known.length === 0 ? null : Math.max(...known))}</td>
    </tr>
  `;
}

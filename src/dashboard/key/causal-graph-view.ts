/** The causal history as a picture, and what its marks mean. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { InspectionDocument } from '../../client/inspection-document.ts';
import { nodeColour } from '../node-colours.ts';
import {
  type CausalGraph,
  causalGraphOf,
  type EventKind,
  type GraphEdge,
  type GraphEvent,
  type Pasts,
} from './causal-graph.ts';

const COLUMN = 84;
const LANE = 66;
const LEFT = 96;
const TOP = 34;
const DOT = 8;

interface Props {
  readonly found: InspectionDocument;
  /** Sorted. */
  readonly members: readonly string[];
  readonly pasts: Pasts;
}

export function CausalGraphView({ found, members, pasts }: Props): VNode | null {
  const graph = causalGraphOf(found, pasts);
  if (graph === undefined) return null;
  const { lanes, events, edges, columns } = graph;
  const width = LEFT + columns * COLUMN;
  const height = TOP + (lanes.length - 1) * LANE + 34;
  return html`
    <section class="card" aria-labelledby="key-history">
      <h2 id="key-history">Causal history</h2>
      <p class="quiet small">A lane for each node that has coordinated a write of this key, its writes from left to right. Below each write: who knows of the lane up to here.</p>
      <div class="scroll" tabindex="0" role="group" aria-label="Picture of the history">
        <svg class="key-graph" width=${width} height=${height} role="img" aria-label=${textOfGraph(graph)}>
          <${Arrowheads} />
          ${lanes.map(({ name, node }, lane) => html`<${Lane} name=${name} colour=${nodeColour(node ?? '', members)} lane=${lane} width=${width} />`)}
          ${edges.map((edge) => html`<${Edge} edge=${edge} />`)}
          ${events.map((event) => html`<${EventMark} event=${event} />`)}
        </svg>
      </div>
      <${Legend} graph=${graph} />
    </section>
  `;
}

function Arrowheads(): VNode {
  return html`
    <defs>
      ${['saw', 'perhaps'].map(
        (kind) => html`
          <marker id=${`key-arrow-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M 0 0.5 L 7.5 4 L 0 7.5 z" class=${kind}></path>
          </marker>
        `,
      )}
    </defs>
  `;
}

interface LaneProps {
  readonly name: string;
  readonly colour: string;
  readonly lane: number;
  readonly width: number;
}

function Lane({ name, colour, lane, width }: LaneProps): VNode {
  const y = yOf(lane);
  return html`
    <line x1=${LEFT - 20} y1=${y} x2=${width - 20} y2=${y} class="lane"></line>
    <rect x="0" y=${y - 5} width="10" height="10" rx="3" style=${{ fill: colour }}></rect>
    <text x="16" y=${y + 4} class="lane-name">${name.length > 12 ? `${name.slice(0, 11)}…` : name}<title>${name}</title></text>
  `;
}

function EventMark({ event }: { event: GraphEvent }): VNode {
  const { counter, kind, lane, column, skipped, knownBy } = event;
  const [x, y] = [xOf(column), yOf(lane)];
  return html`
    <g class=${`event ${kind}`}>
      ${skipped > 0 && html`<text x=${x - DOT - 5} y=${y - 7} class="skipped" text-anchor="end">+${skipped}</text>`}
      <circle cx=${x} cy=${y} r=${kind === 'gone' ? DOT - 3 : DOT}></circle>
      <text x=${x} y=${y - DOT - 4} text-anchor="middle">${counter}</text>
      ${knownBy.length > 0 && html`<text x=${x} y=${y + DOT + 12} text-anchor="middle" class="known">${knownByText(knownBy)}</text>`}
      <title>${MEANINGS[kind]}${knownBy.length > 0 ? `; up to here: ${knownBy.join(', ')}` : ''}</title>
    </g>
  `;
}

function knownByText(names: readonly string[]): string {
  const text = names.join(' ');
  return text.length <= 13 ? text : `${names.length} copies`;
}

function Edge({ edge: { from, to, kind } }: { edge: GraphEdge }): VNode {
  const isOver = from.lane === to.lane && to.column - from.column > 1;
  const path = isOver ? archOf(from, to) : lineOf(from, to);
  return html`<path d=${path} class=${`edge ${kind}`} marker-end=${`url(#key-arrow-${kind})`}></path>`;
}

const GAP = DOT + 3;

function lineOf(from: GraphEvent, to: GraphEvent): string {
  const [x1, y1, x2, y2] = [xOf(from.column), yOf(from.lane), xOf(to.column), yOf(to.lane)];
  const far = Math.max(Math.hypot(x2 - x1, y2 - y1), 1);
  const [dx, dy] = [((x2 - x1) / far) * GAP, ((y2 - y1) / far) * GAP];
  return `M ${x1 + dx} ${y1 + dy} L ${x2 - dx} ${y2 - dy}`;
}

/** Over the writes of the same lane that stand between. */
function archOf(from: GraphEvent, to: GraphEvent): string {
  const [x1, x2, y] = [xOf(from.column) + 6, xOf(to.column) - 7, yOf(from.lane) - GAP + 2];
  return `M ${x1} ${y} C ${x1 + 24} ${y - 22}, ${x2 - 24} ${y - 22}, ${x2} ${y}`;
}

function xOf(column: number): number {
  return LEFT + column * COLUMN + 10;
}

function yOf(lane: number): number {
  return TOP + lane * LANE + 6;
}

const MEANINGS: Readonly<Record<EventKind, string>> = {
  value: 'its value is there',
  behind: 'replaced, and a copy that is behind still has it',
  gone: 'replaced or deleted since',
};

/** For those who do not see it. */
function textOfGraph({ lanes, events }: CausalGraph): string {
  const texts = lanes.map(({ name }, lane) => {
    const own = events.filter((event) => event.lane === lane);
    return `${name}: ${own.map(({ counter, kind }) => `write ${counter}, ${MEANINGS[kind]}`).join('; ')}`;
  });
  return texts.join('. ');
}

function Legend({ graph }: { graph: CausalGraph }): VNode {
  const kinds = new Set(graph.events.map(({ kind }) => kind));
  const edges = new Set(graph.edges.map(({ kind }) => kind));
  return html`
    <ul class="key-legend small quiet">
      ${(['value', 'behind', 'gone'] as const).map((kind) => kinds.has(kind) && html`<li><span class=${`mark ${kind}`}></span>${MEANINGS[kind]}</li>`)}
      ${edges.has('saw') && html`<li><span class="line"></span>had been seen, and was replaced (known of writes made from this page)</li>`}
      ${edges.has('perhaps') && html`<li><span class="line perhaps"></span>was replaced by this, or by something that came between</li>`}
    </ul>
  `;
}

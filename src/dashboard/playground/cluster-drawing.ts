/**
 * The cluster as a drawing: nodes that are dragged, or sent with the arrow keys, across a line
 * that nothing passes, and links that can be chosen.
 */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { nodeColour } from '../node-colours.ts';
import {
  isBeyond,
  type Layout,
  NARROW,
  NODE_RADIUS,
  type Point,
  positionsOf,
  WIDE,
} from './drawing-geometry.ts';
import { pairsOf, type Side, type Tables } from './fault-plan.ts';
import { listText } from './fault-text.ts';
import { LinkLine } from './link-line.ts';
import { useMedia } from './ticking.ts';

export type Chosen =
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'link'; readonly pair: readonly [string, string] };

export interface DrawingProps {
  readonly names: readonly string[];
  readonly sides: readonly Side[];
  readonly tables: Tables;
  /** By node: what is to stand below it. */
  readonly notes: ReadonlyMap<string, string>;
  readonly chosen: Chosen | undefined;
  readonly onChoose: (chosen: Chosen) => void;
  /** To the other side. */
  readonly onMove: (node: string) => void;
}

interface Drag {
  readonly node: string;
  readonly start: Point;
  readonly at: Point;
}

/** Less is a click by a hand that is not still. */
const DRAGGED_FROM = 6;

export function ClusterDrawing(props: DrawingProps): VNode {
  const { names, sides, chosen, onChoose, onMove } = props;
  const layout = useMedia('(max-width: 40rem)') ? NARROW : WIDE;
  const svg = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<Drag | undefined>(undefined);
  const still = positionsOf(layout, sides);
  const positions = drag === undefined ? still : new Map([...still, [drag.node, drag.at]]);
  const pointOf = (event: PointerEvent) => pointIn(svg.current, event);

  const onDown = (node: string) => (event: PointerEvent) => {
    if (event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    const start = pointOf(event);
    setDrag({ node, start, at: positions.get(node) ?? start });
  };
  const onPointerMove = (event: PointerEvent) => {
    if (drag === undefined) return;
    const at = pointOf(event);
    if (isDragged(drag, at)) setDrag({ ...drag, at });
  };
  const onUp = (event: PointerEvent) => {
    if (drag === undefined) return;
    setDrag(undefined);
    const at = pointOf(event);
    if (!isDragged(drag, at)) onChoose({ kind: 'node', node: drag.node });
    else if (isBeyond(layout, at) !== isBeyond(layout, drag.start)) onMove(drag.node);
  };
  const node = (name: string) => html`
    <${NodeMark}
      key=${name} name=${name} names=${names} at=${positions.get(name)} sides=${sides}
      note=${props.notes.get(name)} isChosen=${chosen?.kind === 'node' && chosen.node === name}
      isDragged=${drag?.node === name} onDown=${onDown(name)} onPointerMove=${onPointerMove} onUp=${onUp}
      onCancel=${() => setDrag(undefined)} onChoose=${() => onChoose({ kind: 'node', node: name })} onMove=${() => onMove(name)}
    />`;
  return html`
    <svg ref=${svg} class="cluster-drawing" viewBox=${`0 0 ${layout.width} ${layout.height}`} role="group" aria-label="The nodes and the links between them">
      <${CutLine} layout=${layout} isCut=${sides.length > 1} />
      ${pairsOf(names).map((pair) => {
        const isChosen = chosen?.kind === 'link' && chosen.pair.join() === pair.join();
        return html`<${LinkLine} key=${pair.join()} pair=${pair} tables=${props.tables} positions=${positions} isChosen=${isChosen} onChoose=${() => onChoose({ kind: 'link', pair })} />`;
      })}
      ${names.map(node)}
    </svg>
  `;
}

function CutLine({ layout, isCut }: { layout: Layout; isCut: boolean }): VNode {
  const [start, end] = layout.line;
  const { centre } = layout.beyond;
  return html`
    <g class=${`cut-line ${isCut ? 'used' : ''}`}>
      <line x1=${start.x} y1=${start.y} x2=${end.x} y2=${end.y} />
      ${
        !isCut &&
        html`<text x=${centre.x} y=${centre.y} class="hint">
          <tspan x=${centre.x} dy="-0.6em">Drag a node over the line</tspan>
          <tspan x=${centre.x} dy="1.4em">to cut it off.</tspan>
        </text>`
      }
    </g>
  `;
}

interface NodeMarkProps {
  readonly name: string;
  readonly names: readonly string[];
  readonly at: Point | undefined;
  readonly sides: readonly Side[];
  readonly note: string | undefined;
  readonly isChosen: boolean;
  readonly isDragged: boolean;
  readonly onDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onUp: (event: PointerEvent) => void;
  readonly onCancel: () => void;
  readonly onChoose: () => void;
  readonly onMove: () => void;
}

function NodeMark(props: NodeMarkProps): VNode | null {
  const { name, names, at, note, isChosen, isDragged } = props;
  if (at === undefined) return null;
  const onKey = (event: KeyboardEvent) => {
    const does = event.key.startsWith('Arrow') ? props.onMove : props.onChoose;
    if (!event.key.startsWith('Arrow') && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    if (!event.repeat) does();
  };
  const label = `${name}${note === undefined ? '' : `, ${note}`}, ${companyText(name, props.sides)}. An arrow key moves it across the line.`;
  return html`
    <g
      class=${`node ${isChosen ? 'chosen' : ''} ${isDragged ? 'dragged' : ''} ${note === undefined ? '' : 'troubled'}`}
      transform=${`translate(${at.x} ${at.y})`} role="button" tabindex="0" aria-label=${label} aria-pressed=${isChosen}
      onPointerDown=${props.onDown} onPointerMove=${props.onPointerMove} onPointerUp=${props.onUp}
      onPointerCancel=${props.onCancel} onKeyDown=${onKey} data-node=${name}
    >
      <circle class="ring" r=${NODE_RADIUS + 5} />
      <circle class="body" r=${NODE_RADIUS} style=${{ stroke: nodeColour(name, names) }} />
      <text class="name">${name}</text>
      ${note !== undefined && html`<text class="note" y=${NODE_RADIUS + 15}>${note}</text>`}
    </g>
  `;
}

function companyText(name: string, sides: readonly Side[]): string {
  const others = (sides.find((side) => side.includes(name)) ?? []).filter(
    (other) => other !== name,
  );
  return others.length === 0 ? 'alone' : `with ${listText(others)}`;
}

function isDragged({ start }: Drag, at: Point): boolean {
  return Math.hypot(at.x - start.x, at.y - start.y) >= DRAGGED_FROM;
}

/** Of the drawing, whose size on the screen is another. */
function pointIn(svg: SVGSVGElement | null, { clientX, clientY }: PointerEvent): Point {
  const matrix = svg?.getScreenCTM()?.inverse();
  if (matrix === undefined) return { x: clientX, y: clientY };
  return new DOMPoint(clientX, clientY).matrixTransform(matrix);
}

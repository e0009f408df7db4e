/**
 * The drawing. What changes with each poll or each move of the pointer is little and stands over
 * what is drawn once for a ring. The pointer’s place is computed into a partition, so that there
 * need not be an element for each.
 */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { labelsVNode, patternsVNode, ringVNode } from './arcs-drawing.ts';
import type { Colouring } from './colouring.ts';
import { NodeFocus, PartitionFocus } from './focus-drawing.ts';
import { partitionAt, sectorPath } from './geometry.ts';
import { Hubs } from './hubs-drawing.ts';
import type { Layout } from './layout.ts';
import type { Stream } from './moves.ts';
import { ALL, partitionByKey, type Selection } from './selection.ts';
import type { Standing } from './standing.ts';
import { Streams } from './streams-drawing.ts';

export interface RingDrawingProps {
  readonly lists: readonly (readonly string[])[];
  readonly layout: Layout;
  readonly colouring: Colouring;
  readonly standings: ReadonlyMap<string, Standing>;
  readonly streams: readonly Stream[];
  readonly moving: readonly number[];
  readonly selection: Selection;
  /** The partition under the pointer. */
  readonly pointed: number | undefined;
  /** What stands in the middle, a line each. */
  readonly centre: readonly string[];
  readonly onPoint: (partition: number | undefined) => void;
  readonly onSelect: (selection: Selection) => void;
}

export function RingDrawing(props: RingDrawingProps): VNode {
  const { lists, layout, colouring, selection, pointed } = props;
  const { size } = layout;
  const ring = useMemo(() => ringVNode(lists, layout, colouring), [lists, layout, colouring]);
  const labels = useMemo(() => labelsVNode(layout), [layout]);
  const patterns = useMemo(patternsVNode, []);
  const chosen = selection.type === 'partition' ? selection.partition : undefined;
  const partition = pointed ?? chosen;
  const node = partition === undefined && selection.type === 'node' ? selection.node : undefined;
  const isDimmed = partition !== undefined || node !== undefined;
  const colourOf = (name: string) => colouring.colourOf(colouring.keyOf(name));
  const half = size / 2;
  return html`
    <svg class=${`ring-drawing ${isDimmed ? 'dimmed' : ''} ${layout.isNarrow ? 'narrow' : ''}`} viewBox=${`${-half} ${-half} ${size} ${size}`} width=${size} height=${size} role="group" aria-label="The ring">
      ${patterns}${ring}
      ${node !== undefined && html`<${NodeFocus} node=${node} lists=${lists} layout=${layout} colouring=${colouring} />`}
      ${labels}
      <${RingSlider} ...${props} partition=${partition} chosen=${chosen} />
      <${Streams} streams=${props.streams} moving=${props.moving} partitionCount=${lists.length} layout=${layout} colourOf=${colourOf} />
      ${partition !== undefined && html`<${PartitionFocus} partition=${partition} lists=${lists} layout=${layout} colouring=${colouring} />`}
      <${Centre} lines=${centreLines(props)} />
      <${Hubs} layout=${layout} standings=${props.standings} colourOf=${colourOf} keepers=${partition === undefined ? undefined : lists[partition]} selected=${node} />
    </svg>
  `;
}

interface RingSliderProps extends RingDrawingProps {
  readonly partition: number | undefined;
  readonly chosen: number | undefined;
}

/** The ring to point at: with the pointer, or with the arrow keys once it has the focus. */
function RingSlider(props: RingSliderProps): VNode {
  const { lists, layout, partition, chosen, onPoint, onSelect } = props;
  const count = lists.length;
  const at = (event: PointerEvent | MouseEvent): number | undefined => {
    const { left, top, width } =
      (event.currentTarget as SVGElement).ownerSVGElement?.getBoundingClientRect() ?? new DOMRect();
    const scale = layout.size / width;
    const x = (event.clientX - left - width / 2) * scale;
    const y = (event.clientY - top - width / 2) * scale;
    return partitionAt({ x, y }, count, layout.ring);
  };
  const select = (found: number | undefined) => {
    if (found === undefined || found === chosen) onSelect(ALL);
    else onSelect({ type: 'partition', partition: found });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return onSelect(ALL);
    const found = partitionByKey(event.key, chosen, count);
    if (found === undefined) return undefined;
    event.preventDefault();
    onPoint(undefined);
    return onSelect({ type: 'partition', partition: found });
  };
  const value = partition ?? 0;
  return html`
    <path class="ring-slider" d=${sectorPath(0, 1, layout.ring)} tabindex="0" role="slider"
      aria-label="Partition" aria-valuemin="0" aria-valuemax=${count - 1} aria-valuenow=${value}
      aria-valuetext=${partition === undefined ? 'none chosen' : `partition ${partition}, kept by ${(lists[partition] ?? []).join(', ')}`}
      onPointerMove=${(event: PointerEvent) => event.pointerType === 'mouse' && onPoint(at(event))}
      onPointerLeave=${() => onPoint(undefined)}
      onClick=${(event: MouseEvent) => select(at(event))}
      onKeyDown=${onKeyDown} />
  `;
}

/** Where there is little room it goes to what moves. */
function centreLines({ layout, centre, streams }: RingDrawingProps): readonly string[] {
  if (!layout.isNarrow) return centre;
  return streams.length > 0 ? [] : centre.slice(0, 1);
}

const LINE_HEIGHT = 17;

/** On a ground of its own, since what moves passes below. */
function Centre({ lines }: { lines: readonly string[] }): VNode {
  const top = (-(lines.length - 1) * LINE_HEIGHT) / 2;
  return html`
    <g class="centre" aria-hidden="true">
      ${lines.length > 0 && html`<circle r=${12 + lines.length * 12} />`}
      ${lines.map((line, i) => html`<text key=${i} class=${i === 0 ? 'centre-head' : 'centre-line'} y=${top + i * LINE_HEIGHT} text-anchor="middle" dy="0.35em">${line}</text>`)}
    </g>
  `;
}

/** The drawing with what belongs to it: what its colours stand for, and how to read it. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { countText, percentText } from './amounts.ts';
import type { ColouredBy, Colouring } from './colouring.ts';
import { useWidth } from './element-width.ts';
import { layoutOf } from './layout.ts';
import { shareCopied, streamsOf } from './moves.ts';
import type { NodeSeen } from './nodes-seen.ts';
import { RingDrawing } from './ring-drawing.ts';
import type { RingWatch } from './ring-watch.ts';
import type { Selection } from './selection.ts';
import { zoneGroups } from './zones.ts';

const SIZE_MIN = 280;
const SIZE_MAX = 640;

export interface RingCardProps {
  readonly watch: RingWatch;
  readonly lists: readonly (readonly string[])[];
  /** The same value as long as no node comes, goes or changes its zone. */
  readonly nodes: readonly Pick<NodeSeen, 'id' | 'zone'>[];
  readonly standings: ReadonlyMap<string, NodeSeen['standing']>;
  readonly isMember: (node: string) => boolean;
  readonly colouring: Colouring;
  readonly onColour: (by: ColouredBy) => void;
  readonly selection: Selection;
  readonly pointed: number | undefined;
  readonly onPoint: (partition: number | undefined) => void;
  readonly onSelect: (selection: Selection) => void;
}

export function RingCard(props: RingCardProps): VNode {
  const { watch, lists, nodes, isMember } = props;
  const [element, width] = useWidth();
  const size = Math.min(SIZE_MAX, Math.max(SIZE_MIN, width));
  const depth = Math.max(1, ...lists.map((list) => list.length));
  const groups = useMemo(() => zoneGroups(nodes), [nodes]);
  const layout = useMemo(
    () => layoutOf(size, depth, lists.length, groups),
    [size, depth, lists.length, groups],
  );
  const moves = watch.transfers.document?.moves ?? [];
  const hasZones = groups.length > 1;
  return html`
    <section class="card ring-card" aria-label="The ring drawn">
      ${hasZones && html`<${ColourChoice} by=${props.colouring.by} onColour=${props.onColour} />`}
      <div class="ring-room" ref=${element}>
        ${
          width > 0 &&
          html`<${RingDrawing}
          ...${props}
          layout=${layout}
          streams=${streamsOf(moves, isMember)}
          moving=${moves.map(({ partition }) => partition)}
          centre=${centreOf(props)}
        />`
        }
      </div>
    </section>
  `;
}

function ColourChoice({ by, onColour }: { by: ColouredBy; onColour: (by: ColouredBy) => void }) {
  const choice = (value: ColouredBy, text: string) => html`
    <label><input type="radio" name="ring-colours" checked=${by === value} onChange=${() => onColour(value)} /> ${text}</label>
  `;
  return html`
    <fieldset class="colour-choice row">
      <legend class="visually-hidden">Colours stand for</legend>
      <span class="quiet small" aria-hidden="true">Colours stand for</span>
      ${choice('node', 'nodes')} ${choice('zone', 'zones')}
    </fieldset>
  `;
}

/** A line each. */
function centreOf({ watch, selection, pointed, lists }: RingCardProps): readonly string[] {
  const chosen = selection.type === 'partition' ? selection.partition : undefined;
  const partition = pointed ?? chosen;
  if (partition !== undefined) return [String(partition)];
  const { moves = [], movesLeft = 0 } = watch.transfers.document ?? {};
  if (moves.length + movesLeft > 0) {
    const shares = moves.map((move) => shareCopied(move) ?? 0);
    const mean = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
    const copied = moves.length === 0 ? [] : [`${percentText(mean)} copied`];
    return [
      `${moves.length} moving`,
      ...copied,
      ...(movesLeft > 0 ? [`${movesLeft} to begin`] : []),
    ];
  }
  const factor = watch.ring?.replicationFactor ?? 0;
  return [
    `${lists.length.toLocaleString('en')}`,
    'partitions',
    `× ${countText(factor, 'replica')}`,
  ];
}

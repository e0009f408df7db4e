/** What moves: marks on the ring, and lines from the nodes that send to those that receive. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { chordOf, sectorPath } from './geometry.ts';
import type { Layout } from './layout.ts';
import type { Stream } from './moves.ts';

interface StreamsProps {
  readonly streams: readonly Stream[];
  readonly moving: readonly number[];
  readonly partitionCount: number;
  readonly layout: Layout;
  readonly colourOf: (node: string) => string;
}

const MARK_GAP = 1;
const MARK_HEIGHT = 3;
const WIDTH_MAX = 5;

export function Streams(props: StreamsProps): VNode {
  const { streams, moving, partitionCount, layout, colourOf } = props;
  const { outer } = layout.ring;
  const band = { inner: outer + MARK_GAP, outer: outer + MARK_GAP + MARK_HEIGHT };
  const marks = moving.map((partition) =>
    sectorPath(partition / partitionCount, (partition + 1) / partitionCount, band),
  );
  return html`
    <g class="streams" aria-hidden="true">
      <path class="moving-mark" d=${marks.join('')} />
      ${streams.map((stream) => html`<${StreamLine} key=${`${stream.from} ${stream.to}`} stream=${stream} layout=${layout} colourOf=${colourOf} />`)}
    </g>
  `;
}

interface StreamLineProps extends Pick<StreamsProps, 'layout' | 'colourOf'> {
  readonly stream: Stream;
}

function StreamLine({ stream, layout, colourOf }: StreamLineProps): VNode | null {
  const { from, to, partitions, isCopying } = stream;
  const [sender, receiver] = [layout.hubs.get(from), layout.hubs.get(to)];
  if (sender === undefined || receiver === undefined) return null;
  const { path, head } = chordOf(sender.gate, receiver.gate);
  const colour = colourOf(from);
  const width = Math.min(WIDTH_MAX, 1.5 + partitions.length / 2);
  return html`
    <g class=${isCopying ? 'stream flows' : 'stream'}>
      <path class="stream-bed" d=${path} stroke-width=${width} stroke=${colour} />
      <path class="stream-line" d=${path} stroke-width=${width} stroke=${colour} />
      <path d=${head} fill=${colour} />
    </g>
  `;
}

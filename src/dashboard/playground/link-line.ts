/** One link on the drawing, with what is wrong with it. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { along, linkEnds, type Point } from './drawing-geometry.ts';
import { type Cut, type PairFaults, pairFaults, type Tables } from './fault-plan.ts';
import { pairText } from './fault-text.ts';

interface Props {
  readonly pair: readonly [string, string];
  readonly tables: Tables;
  readonly positions: ReadonlyMap<string, Point>;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

export function LinkLine({ pair, tables, positions, isChosen, onChoose }: Props): VNode | null {
  const [first, second] = pair;
  const [from, to] = [positions.get(first), positions.get(second)];
  if (from === undefined || to === undefined) return null;
  const faults = pairFaults(tables, first, second);
  const text = pairText(pair, faults);
  const [start, end] = linkEnds(from, to);
  const ends = { x1: start.x, y1: start.y, x2: end.x, y2: end.y };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onChoose();
  };
  return html`
    <g class=${`link ${kindOf(faults)} ${isChosen ? 'chosen' : ''}`} role="button" tabindex="0" onClick=${onChoose} onKeyDown=${onKey}
      aria-label=${`Link ${first} – ${second}: ${text || 'whole'}`} aria-pressed=${isChosen} data-link=${pair.join('-')}>
      <line class="reach" ...${ends} />
      <line class="shown" ...${ends} />
      <${CutSign} cut=${faults.cut} from=${start} to=${end} />
      ${text !== '' && faults.cut !== 'both' && html`<${Label} at=${along(start, end, 0.5)} text=${shortText(faults)} />`}
    </g>
  `;
}

function kindOf({ cut, delayMs, loss }: PairFaults): string {
  if (cut === 'both') return 'cut';
  if (cut !== 'none') return 'one-way';
  if (loss > 0) return 'lossy';
  return delayMs > 0 ? 'slow' : 'whole';
}

/** The drawing shows itself in which direction a link is cut. */
function shortText(faults: PairFaults): string {
  return pairText(['', ''], { ...faults, cut: 'none' });
}

/** A cross where nothing passes; an arrow where messages still arrive. */
function CutSign({ cut, from, to }: { cut: Cut; from: Point; to: Point }): VNode | null {
  if (cut === 'none') return null;
  if (cut === 'both') return html`<${Cross} at=${along(from, to, 0.5)} />`;
  const [deaf, heard] = cut === 'first' ? [to, from] : [from, to];
  const angle = (Math.atan2(heard.y - deaf.y, heard.x - deaf.x) * 180) / Math.PI;
  const tip = along(heard, deaf, 0.04);
  return html`
    <path class="arrow" d="M0 0 L-13 -6 L-13 6 Z" transform=${`translate(${tip.x} ${tip.y}) rotate(${angle})`} />
    <${Cross} at=${along(deaf, heard, 0.12)} />
  `;
}

function Cross({ at }: { at: Point }): VNode {
  return html`<path class="cross" d="M-5 -5 L5 5 M-5 5 L5 -5" transform=${`translate(${at.x} ${at.y})`} />`;
}

const CHARACTER_WIDTH = 6.6;

function Label({ at, text }: { at: Point; text: string }): VNode | null {
  if (text === '') return null;
  const width = text.length * CHARACTER_WIDTH + 10;
  return html`
    <rect class="label" x=${at.x - width / 2} y=${at.y - 10} width=${width} height="20" rx="5" />
    <text class="label" x=${at.x} y=${at.y}>${text}</text>
  `;
}

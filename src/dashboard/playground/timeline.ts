/** The timeline of operations: a picture to look at, and to walk through with the arrow keys. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FaultWindow } from '../../checkers/history.ts';
import { THEME_SHOWN } from '../theme.ts';
import type { Judged, Verdict } from './freshness.ts';
import { SHAPES } from './mark-shapes.ts';
import { operationText, VERDICT_WORDS } from './operation-text.ts';
import { layOut, type Mark, markAt, type Span } from './timeline-layout.ts';
import { paint, paletteOf } from './timeline-paint.ts';

interface Props {
  readonly judged: readonly Judged[];
  readonly faults: readonly FaultWindow[];
  readonly lanes: readonly string[];
  readonly span: Span;
  readonly now: number;
}

export function TimelineView({ judged, faults, lanes, span, now }: Props): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const [shown, setShown] = useState<Judged | undefined>(undefined);
  const theme = useThemeCount();
  const timeline = layOut({ judged, faults, lanes, span, now, width });
  const { marks } = timeline;
  const frame = marks.find((mark) => mark.judged === shown);
  useLayoutEffect(() => {
    if (canvas.current === null || width === 0) return;
    paint(canvas.current, { timeline, lanes, width, shown: frame }, paletteOf(canvas.current));
  }, [judged, judged.length, faults, lanes, span, width, shown, theme]);

  const onPointer = (event: PointerEvent) => {
    setShown(markAt(marks, event.offsetX, event.offsetY)?.judged);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setShown(nextMark(marks, frame, step)?.judged);
  };
  return html`
    <div class="timeline">
      <canvas ref=${canvas} tabindex="0" role="img" aria-describedby="timeline-shown"
        aria-label="Operations at each node over time. The arrow keys go from one to the next."
        onPointerMove=${onPointer} onPointerLeave=${() => setShown(undefined)} onKeyDown=${onKey}></canvas>
      <p id="timeline-shown" class="told small" aria-live="polite">
        ${frame === undefined ? html`<${Legend} />` : operationText(frame.judged)}
      </p>
    </div>
  `;
}

const KINDS: readonly Verdict[] = ['acknowledged', 'fresh', 'stale', 'refused', 'unknown'];

function Legend(): VNode {
  return html`
    <span class="legend">
      ${KINDS.map((kind) => {
        const { path, isFilled } = SHAPES[kind];
        return html`<span class=${`kind ${kind}`}>
          <svg viewBox="-7 -7 14 14" aria-hidden="true"><path d=${path} class=${isFilled ? 'filled' : 'outline'} /></svg>${VERDICT_WORDS[kind]}
        </span>`;
      })}
    </span>
  `;
}

/** By time; from nowhere to the last one. */
function nextMark(marks: readonly Mark[], from: Mark | undefined, step: number): Mark | undefined {
  const inOrder = marks.toSorted((a, b) => a.x - b.x || a.y - b.y);
  if (from === undefined) return inOrder.at(-1);
  const place = inOrder.indexOf(from) + step;
  return inOrder[Math.min(inOrder.length - 1, Math.max(0, place))];
}

/** In CSS pixels; 0 until it is laid out. */
function useWidth(canvas: { readonly current: HTMLCanvasElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (canvas.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor(entry?.contentRect.width ?? 0));
    });
    observer.observe(canvas.current);
    return () => observer.disconnect();
  }, [canvas]);
  return width;
}

/** Another one when colours may have changed. */
function useThemeCount(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const onShown = () => setCount((before) => before + 1);
    document.addEventListener(THEME_SHOWN, onShown);
    return () => document.removeEventListener(THEME_SHOWN, onShown);
  }, []);
  return count;
}

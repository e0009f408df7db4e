/** Paints a timeline (timeline-layout.ts) onto a canvas. Shapes tell ends apart, as colours do. */

import type { Verdict } from './freshness.ts';
import { SHAPES } from './mark-shapes.ts';
import {
  FOOT,
  GUTTER,
  HEAD,
  heightOf,
  LANE_HEIGHT,
  type Mark,
  type Timeline,
} from './timeline-layout.ts';

/** CSS colours of the theme. */
export interface Palette {
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly shade: string;
  readonly paper: string;
  readonly verdicts: Readonly<Record<Verdict, string>>;
}

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: colour('--ink'),
    quiet: colour('--quiet'),
    line: colour('--line'),
    shade: colour('--warn-paper'),
    paper: colour('--raised'),
    verdicts: {
      acknowledged: colour('--good'),
      fresh: colour('--good'),
      stale: colour('--warn'),
      refused: colour('--bad'),
      unknown: colour('--doubt'),
    },
  };
}

export interface Picture {
  readonly timeline: Timeline;
  readonly lanes: readonly string[];
  readonly width: number;
  /** Framed. */
  readonly shown: Mark | undefined;
}

export function paint(canvas: HTMLCanvasElement, picture: Picture, palette: Palette): void {
  const { width, lanes } = picture;
  const height = heightOf(lanes.length);
  const context = fitted(canvas, width, height);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  context.textBaseline = 'middle';
  paintShades(context, picture, palette, height);
  paintGround(context, picture, palette, height);
  for (const mark of picture.timeline.marks) paintMark(context, mark, palette);
  if (picture.shown !== undefined) {
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.5;
    context.strokeRect(picture.shown.x - 9, picture.shown.y - 9, 18, 18);
  }
}

/** As sharp as the screen. */
function fitted(canvas: HTMLCanvasElement, width: number, height: number) {
  const ratio = window.devicePixelRatio;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function paintShades(
  context: CanvasRenderingContext2D,
  { timeline: { shades } }: Picture,
  { shade, quiet, line }: Palette,
  height: number,
): void {
  context.textAlign = 'left';
  for (const { from, until, text } of shades) {
    context.fillStyle = shade;
    context.fillRect(from, 0, until - from, height - FOOT);
    context.fillStyle = line;
    context.fillRect(from, 0, 1, height - FOOT);
    context.save();
    context.beginPath();
    context.rect(from, 0, until - from - 4, HEAD);
    context.clip();
    context.fillStyle = quiet;
    context.fillText(text, from + 5, HEAD / 2);
    context.restore();
  }
}

function paintGround(
  context: CanvasRenderingContext2D,
  { timeline: { ticks }, lanes, width }: Picture,
  { ink, quiet, line }: Palette,
  height: number,
): void {
  context.fillStyle = line;
  for (let lane = 0; lane <= lanes.length; lane++) {
    context.fillRect(0, HEAD + lane * LANE_HEIGHT, width, 1);
  }
  context.textAlign = 'left';
  context.fillStyle = ink;
  lanes.forEach((name, lane) => {
    context.fillText(name, 4, HEAD + (lane + 0.5) * LANE_HEIGHT, GUTTER - 10);
  });
  for (const { x, text } of ticks) {
    context.fillStyle = line;
    context.fillRect(x, HEAD, 1, height - HEAD - FOOT + 4);
    context.fillStyle = quiet;
    context.textAlign = x > width - 20 ? 'right' : 'center';
    context.fillText(text, x, height - FOOT / 2 + 2);
  }
}

function paintMark(context: CanvasRenderingContext2D, mark: Mark, palette: Palette): void {
  const { from, x, y, verdict, label } = mark;
  const colour = palette.verdicts[verdict];
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(from, y + 0.5);
  context.lineTo(x, y + 0.5);
  context.stroke();
  paintShape(context, verdict, palette.paper, x, y);
  if (label === undefined) return;
  context.fillStyle = palette.ink;
  context.textAlign = 'center';
  context.fillText(label, x, y - 11);
}

const PATHS = new Map<Verdict, Path2D>();

function pathOf(verdict: Verdict): Path2D {
  const path = PATHS.get(verdict) ?? new Path2D(SHAPES[verdict].path);
  PATHS.set(verdict, path);
  return path;
}

function paintShape(
  context: CanvasRenderingContext2D,
  verdict: Verdict,
  paper: string,
  x: number,
  y: number,
): void {
  const path = pathOf(verdict);
  context.translate(x, y);
  if (SHAPES[verdict].isFilled) context.fill(path);
  else {
    // What lies behind an outline must not look like a part of it.
    context.fillStyle = paper;
    context.fill(path);
    context.lineWidth = 2;
    context.stroke(path);
  }
  context.translate(-x, -y);
}

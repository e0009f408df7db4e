/** The ring with one partition and one hash on it, as shapes of SVG around 0, 0. */

const RADIUS = 40;
const MARK_IN = 45.5;
const MARK_OUT = 50;
/** A thinner slice could not be seen. */
const SLICE_MIN = 0.012;

export interface RingPicture {
  /** A path. */
  readonly slice: string;
  readonly mark: {
    readonly x1: number;
    readonly y1: number;
    readonly x2: number;
    readonly y2: number;
  };
}

interface Lies {
  /** 16 hexadecimal digits. */
  readonly hash: string;
  readonly partition: number;
  readonly partitions: number;
}

export function ringPicture({ hash, partition, partitions }: Lies): RingPicture {
  const from = partition / partitions;
  const to = from + Math.max(1 / partitions, SLICE_MIN);
  const at = shareOfHash(hash);
  const [inner, outer] = [pointAt(at, MARK_IN), pointAt(at, MARK_OUT)];
  return {
    slice: arc(from, Math.min(to, from + 0.999)),
    mark: { x1: inner.x, y1: inner.y, x2: outer.x, y2: outer.y },
  };
}

/** How far around the ring, 0 to 1. */
export function shareOfHash(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32;
}

function arc(from: number, to: number): string {
  const [start, end] = [pointAt(from, RADIUS), pointAt(to, RADIUS)];
  const isLarge = to - from > 0.5 ? 1 : 0;
  return `M ${start.x} ${start.y} A ${RADIUS} ${RADIUS} 0 ${isLarge} 1 ${end.x} ${end.y}`;
}

/** From the top, clockwise. */
function pointAt(share: number, radius: number): { readonly x: number; readonly y: number } {
  const angle = (share - 0.25) * 2 * Math.PI;
  const rounded = (value: number) => Math.round(value * 1_000) / 1_000;
  return { x: rounded(Math.cos(angle) * radius), y: rounded(Math.sin(angle) * radius) };
}

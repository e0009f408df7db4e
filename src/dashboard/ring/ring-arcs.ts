/**
 * The ring’s arcs: a band for each place in the replica lists, the first outermost and widest,
 * and one path for all arcs of one colour, since a browser draws fifty paths faster than three
 * thousand.
 */

import { type Band, sectorPath } from './geometry.ts';

/** In which the first replica’s band is to the others’. */
const FIRST_TO_OTHERS = 1.7;
const GAP = 2;

/** Of more partitions the seams would hide what is between them. */
const SEAMS_MAX = 256;

/** From the outermost on; lists may be longer than N while the ring changes. */
export function bandsOf(depth: number, { inner, outer }: Band): readonly Band[] {
  const unit = (outer - inner - GAP * (depth - 1)) / (FIRST_TO_OTHERS + depth - 1);
  const bands: Band[] = [];
  let edge = outer;
  for (let place = 0; place < depth; place++) {
    const width = unit * (place === 0 ? FIRST_TO_OTHERS : 1);
    bands.push({ inner: edge - width, outer: edge });
    edge -= width + GAP;
  }
  return bands;
}

export interface Arcs {
  /** Of a node or a zone: whatever has one colour. */
  readonly key: string;
  readonly path: string;
}

export interface RingArcs {
  readonly arcs: readonly Arcs[];
  /** Partitions are told from each other by lines between them. */
  readonly seams: boolean;
}

export function ringArcs(
  lists: readonly (readonly string[])[],
  bands: readonly Band[],
  keyOf: (node: string) => string,
): RingArcs {
  const seams = lists.length <= SEAMS_MAX;
  const paths = new Map<string, string[]>();
  for (const [place, band] of bands.entries()) {
    for (const { key, from, to } of runsOf(lists, place, keyOf, !seams)) {
      const pieces = paths.get(key) ?? [];
      pieces.push(sectorPath(from / lists.length, to / lists.length, band));
      paths.set(key, pieces);
    }
  }
  return { arcs: [...paths].map(([key, pieces]) => ({ key, path: pieces.join('') })), seams };
}

/** All arcs of one node, for lighting them up. */
export function arcsOfNode(
  lists: readonly (readonly string[])[],
  bands: readonly Band[],
  node: string,
): string {
  const path: string[] = [];
  for (const [partition, list] of lists.entries()) {
    const band = bands[list.indexOf(node)];
    if (band === undefined) continue;
    path.push(sectorPath(partition / lists.length, (partition + 1) / lists.length, band));
  }
  return path.join('');
}

interface Run {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

/** Neighbours of one colour are one run, where no seam is to be seen between them. */
function runsOf(
  lists: readonly (readonly string[])[],
  place: number,
  keyOf: (node: string) => string,
  merged: boolean,
): readonly Run[] {
  const runs: Run[] = [];
  for (const [partition, list] of lists.entries()) {
    const node = list[place];
    if (node === undefined) continue;
    const key = keyOf(node);
    const last = runs.at(-1);
    if (merged && last?.key === key && last.to === partition) {
      runs[runs.length - 1] = { ...last, to: partition + 1 };
    } else {
      runs.push({ key, from: partition, to: partition + 1 });
    }
  }
  return runs;
}

/** The order of versions, as far as they have one: see `Version` in history.ts. */

import type { Version } from './history.ts';

const NUMBERS_AND_DOTS = /^[0-9]+(\.[0-9]+)+$/;

/** Negative, 0 or positive, as for sorting; undefined where they are only told apart. */
export function compareVersions(a: Version, b: Version): number | undefined {
  if (a === b) return 0;
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left === undefined || left.length !== right?.length) return undefined;
  for (const [i, part] of left.entries()) {
    const order = part - (right[i] as number);
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(version: Version): readonly number[] | undefined {
  if (typeof version === 'number') return [version];
  return NUMBERS_AND_DOTS.test(version) ? version.split('.').map(Number) : undefined;
}

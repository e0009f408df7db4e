/** Amounts as people read them. */

import { expect, it } from 'vitest';
import {
  countText,
  durationText,
  listText,
  offsetText,
  percentText,
} from '../../../../src/dashboard/ring/amounts.ts';

it.each([
  [durationText(0.2), '1 s'],
  [durationText(75), '75 s'],
  [durationText(600), '10 min'],
  [durationText(3_600 * 2), '2 h 0 min'],
  [percentText(0.999), '99 %'],
  [countText(1, 'node'), '1 node'],
  [countText(1_024, 'partition'), '1,024 partitions'],
  [listText([1, 2, 3]), '1, 2, 3'],
  [listText([1, 2, 3, 4], 2), '1, 2 and 2 more'],
  [offsetText(3.4), '+3 ms'],
  [offsetText(-3.4), '−3 ms'],
  [offsetText(-0.2), '0 ms'],
])('%s', (text, expected) => {
  expect(text).toBe(expected);
});

/** Appends at strict quorums while the ring moves; in large: test/soak/elastic.soak.ts. */

import { it } from 'vitest';
import { appendsInMovingRing } from './appends-in-moving-ring.ts';

it('loses no acknowledged append while two of seven nodes come and go', async () => {
  await appendsInMovingRing({ clients: 40, pauseMs: 400, partitions: 16, appendsEach: 100 });
});

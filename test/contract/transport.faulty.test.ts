/** The transport that can be given faults, and was given none. */

import { FaultyTransport } from '../../src/adapters/peer/faulty-transport.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { systemRandom } from '../../src/adapters/system-random.ts';
import { transportContract } from './transport-contract.ts';
import { TestLogger, TestMetrics } from './transport-nodes.ts';
import { socketFixture } from './transport-sockets.ts';

transportContract('peer sockets that can be given faults', () =>
  socketFixture(
    (inner, self) =>
      new FaultyTransport({
        inner,
        self,
        clock: systemClock,
        random: systemRandom,
        logger: new TestLogger(),
        metrics: new TestMetrics(),
      }),
  ),
);

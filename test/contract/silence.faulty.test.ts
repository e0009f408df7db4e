/** Behind the transport that can be given faults, whose cuts the sockets below do not notice. */

import { FaultyTransport } from '../../src/adapters/peer/faulty-transport.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { systemRandom } from '../../src/adapters/system-random.ts';
import { silenceContract } from './silence-contract.ts';
import { TestLogger, TestMetrics } from './transport-nodes.ts';
import { socketFixture } from './transport-sockets.ts';

silenceContract('peer sockets that can be given faults', async () => {
  const faulty = new Map<string, FaultyTransport>();
  const sockets = await socketFixture((inner, self) => {
    const transport = new FaultyTransport({
      inner,
      self,
      clock: systemClock,
      random: systemRandom,
      logger: new TestLogger(),
      metrics: new TestMetrics(),
    });
    faulty.set(self, transport);
    return transport;
  });
  return {
    ...sockets,
    hold: (a, b) => {
      faulty.get(a)?.setFaults({ [b]: { cut: true } });
      faulty.get(b)?.setFaults({ [a]: { cut: true } });
    },
    heal: (a, b) => {
      faulty.get(a)?.setFaults({});
      faulty.get(b)?.setFaults({});
    },
  };
});

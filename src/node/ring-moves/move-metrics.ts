/** What is told of the moves of the ring as numbers. */

import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

export interface MoveMetrics {
  readonly moves: Gauge;
  readonly movesLeft: Gauge;
  readonly movesWaiting: Gauge;
  readonly movesFinished: Counter;
}

export function makeMoveMetrics(metrics: Metrics): MoveMetrics {
  const gauge = (name: string, help: string) => metrics.gauge({ name, help });
  return {
    moves: gauge('ring_moves', 'Partitions that are on their way from one replica list to another'),
    movesLeft: gauge('ring_moves_left', 'Partitions whose next move has yet to begin'),
    movesWaiting: gauge(
      'ring_moves_waiting',
      'Moves that do not go on, as the leader of the metadata group knows; 0 on other nodes',
    ),
    movesFinished: metrics.counter({
      name: 'ring_moves_finished_total',
      help: 'Moves that came to their end since this node started, as it heard',
    }),
  };
}

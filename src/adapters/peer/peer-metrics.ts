/** What the peer transport counts: one set of instruments a lane, and whom it kept out. */

import type { TransportFailure } from '../../kernel/errors.ts';
import type { Counter, Metrics } from '../../ports/metrics.ts';
import type { Lane } from '../../ports/transport.ts';

export interface LaneMetrics {
  readonly framesSent: Counter;
  readonly framesReceived: Counter;
  readonly bytesSent: Counter;
  readonly bytesReceived: Counter;
  /** Calls that brought no reply and sends that were dropped, by why. */
  readonly failures: Readonly<Record<TransportFailure, Counter>>;
  /** Requests whose deadline had passed before their handler was run. */
  readonly expiredRequests: Counter;
}

export interface PeerMetrics extends Readonly<Record<Lane, LaneMetrics>> {
  /** Callers that showed no certificate which is trusted here. */
  readonly keptOut: Counter;
}

export function peerMetrics(metrics: Metrics): PeerMetrics {
  return {
    control: laneMetrics(metrics, 'control'),
    data: laneMetrics(metrics, 'data'),
    bulk: laneMetrics(metrics, 'bulk'),
    keptOut: metrics.counter({
      name: 'peer_kept_out_total',
      help: 'Callers of the peer port that came through no TLS handshake with it, or showed no certificate that is trusted here',
    }),
  };
}

function laneMetrics(metrics: Metrics, lane: Lane): LaneMetrics {
  const counter = (name: string, help: string, labels: Record<string, string> = {}) =>
    metrics.counter({ name, help, labels: { lane, ...labels } });
  const frames = (direction: string) =>
    counter('peer_frames_total', 'Frames exchanged with other nodes', { direction });
  const bytes = (direction: string) =>
    counter('peer_bytes_total', 'Bytes exchanged with other nodes', { direction });
  const failure = (reason: TransportFailure) =>
    counter('peer_call_failures_total', 'Messages to other nodes that failed, by why', { reason });
  return {
    framesSent: frames('sent'),
    framesReceived: frames('received'),
    bytesSent: bytes('sent'),
    bytesReceived: bytes('received'),
    failures: {
      unreachable: failure('unreachable'),
      overloaded: failure('overloaded'),
      disconnected: failure('disconnected'),
      timeout: failure('timeout'),
    },
    expiredRequests: counter(
      'peer_requests_expired_total',
      'Requests of other nodes dropped because their deadline had passed',
    ),
  };
}

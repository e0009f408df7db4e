/** What a node did between two looks, as `quorate top` shows it. */

import type { NodeActivity } from '../../kernel/activity.ts';
import { DATA_OPERATIONS, ratesBetween, requestsOf } from '../../kernel/activity-rates.ts';
import { type Distribution, quantile } from '../../kernel/distribution.ts';

export interface NodeRates {
  /** A second, those that failed among them. */
  readonly gets: number;
  readonly puts: number;
  /** Deletes, updates and listings. */
  readonly others: number;
  /** Of these, a second. */
  readonly errors: number;
  /** Milliseconds, up to the last bound that is counted; null: there were no requests. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Now. */
  readonly hints: number;
  readonly transfers: number;
}

const OTHERS = DATA_OPERATIONS.filter((operation) => operation !== 'get' && operation !== 'put');

/** Null: no time has passed. */
export function nodeRates(earlier: NodeActivity, now: NodeActivity): NodeRates | null {
  const rates = ratesBetween(earlier, now);
  if (rates === undefined) return null;
  const perSecond = (...operations: readonly string[]) => {
    const { succeeded, failed } = requestsOf(rates, operations);
    return succeeded + failed;
  };
  const data = requestsOf(rates, DATA_OPERATIONS);
  return {
    gets: perSecond('get'),
    puts: perSecond('put'),
    others: perSecond(...OTHERS),
    errors: data.failed,
    p50Ms: quantileMs(data.seconds, 0.5),
    p99Ms: quantileMs(data.seconds, 0.99),
    hints: rates.hints.waiting,
    transfers: rates.transfers.running,
  };
}

function quantileMs(seconds: Distribution, share: number): number | null {
  const quantileSeconds = quantile(seconds, share);
  return quantileSeconds === null ? null : 1_000 * quantileSeconds;
}

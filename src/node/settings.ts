/**
 * Defaults and bounds of what a node, a cluster or a request can be told. They are apart from
 * the node, so that a command line can be read without loading one.
 */

export { LEASE_TTL_MS_MAX, LEASE_TTL_MS_MIN } from '../metadata/leases.ts';
export {
  DEFAULT_PARTITION_COUNT,
  DEFAULT_REPLICATION_FACTOR,
  PARTITION_COUNT_MAX,
  REPLICATION_FACTOR_MAX,
} from '../ring/make-ring.ts';

export const DEFAULT_VALUE_BYTES_MAX = 1024 * 1024;
export const DEFAULT_HINT_BYTES_MAX = 1024 * 1024 * 1024;
export const DEFAULT_COMPARE_EVERY_MS = 3_000;
export const DEFAULT_REAP_EVERY_MS = 60_000;
export const DEFAULT_TIMEOUT_MS = 2_000;
export const TIMEOUT_MS_MAX = 60_000;

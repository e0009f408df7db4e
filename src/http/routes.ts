/** All that is served: each path with its methods, declared in the files of their handlers. */

import { ACTIVITY_ROUTE } from './activity-route.ts';
import { BACKUP_ROUTE, RESTORE_ROUTE } from './backup-routes.ts';
import { BATCH_ROUTE } from './batch-route.ts';
import { BUCKET_ROUTE, BUCKETS_ROUTE } from './bucket-routes.ts';
import {
  CLUSTER_ROUTE,
  HINTS_ROUTE,
  LEADERSHIP_ROUTE,
  MEMBERS_ROUTE,
  METADATA_GROUP_ROUTE,
  RING_ROUTE,
  TOMBSTONES_ROUTE,
} from './cluster-routes.ts';
import { DASHBOARD_PART_ROUTE, DASHBOARD_ROUTE } from './dashboard-routes.ts';
import { DESCRIPTION_ROUTE, PAGE_ROUTE } from './description-routes.ts';
import { FAULTS_ROUTE, PAUSE_ROUTE } from './fault-routes.ts';
import { ALIVE_ROUTE, METRICS_ROUTE, READY_ROUTE } from './health-routes.ts';
import { INSPECTED_KEY_ROUTE } from './inspection-route.ts';
import { KEY_ROUTE, KEYS_ROUTE } from './kv-routes.ts';
import { LEASE_ROUTE, LEASES_ROUTE } from './lease-routes.ts';
import type { Route } from './openapi/operation.ts';
import { PBS_ROUTE } from './pbs-route.ts';
import { RELAY_ROUTE } from './relay/relay-routes.ts';
import { ACCEPTED_LOSS_ROUTE, REPAIR_ROUTE } from './repair-routes.ts';
import { isKeyPath } from './request-target.ts';
import { ABORT_ROUTE, COMMIT_ROUTE, PLAN_ROUTE, TRANSFERS_ROUTE } from './ring-routes.ts';
import { SALVAGE_CLOSE_ROUTE, SALVAGE_ROUTE } from './salvage-routes.ts';
import { WATCH_ROUTE } from './watch-route.ts';

/** All but those below `/kv/`, which begin alike. */
export const ROUTES_BY_PATTERN: readonly Route[] = [
  BATCH_ROUTE,
  WATCH_ROUTE,
  BUCKETS_ROUTE,
  BUCKET_ROUTE,
  LEASES_ROUTE,
  LEASE_ROUTE,
  CLUSTER_ROUTE,
  MEMBERS_ROUTE,
  RING_ROUTE,
  HINTS_ROUTE,
  TOMBSTONES_ROUTE,
  INSPECTED_KEY_ROUTE,
  METADATA_GROUP_ROUTE,
  LEADERSHIP_ROUTE,
  ACTIVITY_ROUTE,
  PBS_ROUTE,
  PLAN_ROUTE,
  COMMIT_ROUTE,
  ABORT_ROUTE,
  TRANSFERS_ROUTE,
  REPAIR_ROUTE,
  ACCEPTED_LOSS_ROUTE,
  SALVAGE_ROUTE,
  SALVAGE_CLOSE_ROUTE,
  BACKUP_ROUTE,
  RESTORE_ROUTE,
  FAULTS_ROUTE,
  PAUSE_ROUTE,
  RELAY_ROUTE,
  ALIVE_ROUTE,
  READY_ROUTE,
  METRICS_ROUTE,
  DESCRIPTION_ROUTE,
  PAGE_ROUTE,
  // Its pattern matches what is below it too, so it comes first.
  DASHBOARD_ROUTE,
  DASHBOARD_PART_ROUTE,
];

export const ROUTES: readonly Route[] = [KEY_ROUTE, KEYS_ROUTE, ...ROUTES_BY_PATTERN];

/** Of a path: from the first part in braces on it may be anything. */
export function patternOf({ path }: Route): string {
  return path.replace(/\{.*$/, '*');
}

/** Of both routes of keys: whether there is one in the path tells them apart. */
export const KV_PATTERN = '/kv/*';

const BY_PATTERN = new Map(ROUTES_BY_PATTERN.map((route) => [patternOf(route), route]));

/** The route that answers where this pattern has matched; undefined: there is none. */
export function routeAt(pattern: string, path: string): Route | undefined {
  if (pattern === KV_PATTERN) return isKeyPath(path) ? KEY_ROUTE : KEYS_ROUTE;
  return BY_PATTERN.get(pattern);
}

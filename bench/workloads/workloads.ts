/** All workloads, in the order of the table. */

import { appendWorkloads } from './append-workloads.ts';
import { counterWorkloads } from './counter-workloads.ts';
import { registerWorkloads } from './register-workloads.ts';
import { sessionWorkloads } from './session-workloads.ts';
import { setWorkloads } from './set-workloads.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [
  ...setWorkloads,
  ...registerWorkloads,
  ...appendWorkloads,
  ...counterWorkloads,
  ...sessionWorkloads,
];

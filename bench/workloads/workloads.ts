/** All workloads, in the order of the table. */

import { addingWorkloads } from './adding-workloads.ts';
import { registerWorkloads } from './register-workloads.ts';
import { sessionWorkloads } from './session-workloads.ts';
import { setWorkloads } from './set-workloads.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [
  ...setWorkloads,
  ...registerWorkloads,
  ...addingWorkloads,
  ...sessionWorkloads,
];

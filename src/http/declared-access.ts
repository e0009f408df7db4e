/** What operations ask of tokens: see openapi/operation.ts and guard.ts. */

import type { Demand } from './openapi/operation.ts';

export const READ_BUCKET: Demand = { role: 'read', of: 'bucket' };
export const WRITE_BUCKET: Demand = { role: 'write', of: 'bucket' };
export const ADMIN_BUCKET: Demand = { role: 'admin', of: 'bucket' };
export const READ_CLUSTER: Demand = { role: 'read', of: 'cluster' };
export const WRITE_CLUSTER: Demand = { role: 'write', of: 'cluster' };
export const ADMIN_CLUSTER: Demand = { role: 'admin', of: 'cluster' };
export const READ_ANY: Demand = { role: 'read', of: 'any' };
export const WRITE_ANY: Demand = { role: 'write', of: 'any' };

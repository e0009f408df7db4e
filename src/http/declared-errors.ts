/** Sets of errors that operations declare: see kernel/errors.ts for what each means. */

import type { ErrorCode } from '../kernel/errors.ts';

/** Any request may meet them. */
export const ERRORS_OF_ALL: readonly ErrorCode[] = [
  'bad_request',
  'bad_parameter',
  'forbidden',
  'request_timeout',
  'headers_too_large',
  'internal',
];

/** Of whatever may need a token. */
export const TOKEN_ERRORS: readonly ErrorCode[] = ['unauthenticated'];

/** Of whatever asks the node itself. */
export const NODE_ERRORS: readonly ErrorCode[] = ['not_ready', 'ring_forming', 'overloaded'];

/** Of what reads the state of the metadata group. */
export const GROUP_ERRORS: readonly ErrorCode[] = [
  ...NODE_ERRORS,
  'out_of_time',
  'not_leader',
  'metadata_unavailable',
  'metadata_overloaded',
];

/** Of what has the metadata group carry out a command. */
export const COMMAND_ERRORS: readonly ErrorCode[] = [
  ...GROUP_ERRORS,
  'metadata_unknown',
  'session_expired',
  'cluster_upgrading',
];

/** Of whatever finds a bucket by its name. */
export const BUCKET_ERRORS: readonly ErrorCode[] = [
  ...GROUP_ERRORS,
  'bad_bucket',
  'no_such_bucket',
];

const REPLICA_ERRORS: readonly ErrorCode[] = [
  'too_few_replicas',
  'read_quorum_not_met',
  'coordinator_unreachable',
  'coordinator_lost',
  'not_a_replica',
  'paxos_unavailable',
  'outcome_unknown',
  'stale_epoch',
  'stale_reap',
  'partition_moving',
  'corrupt_record',
];

/** Of reads of a key. */
export const READ_ERRORS: readonly ErrorCode[] = [
  ...BUCKET_ERRORS,
  ...REPLICA_ERRORS,
  'bad_key',
  'bad_session',
  'bucket_mode',
  'not_found',
  'repair_quorum_not_met',
  'session_unavailable',
];

/** Of listings. */
export const LIST_ERRORS: readonly ErrorCode[] = [
  ...BUCKET_ERRORS,
  ...REPLICA_ERRORS,
  'bucket_mode',
];

/** Of writes to a key. */
export const WRITE_ERRORS: readonly ErrorCode[] = [
  ...READ_ERRORS,
  ...COMMAND_ERRORS,
  'bad_context',
  'condition_unsupported',
  'condition_failed',
  'context_unreachable',
  'write_quorum_not_met',
  'hints_full',
  'raft_store_full',
];

/** Of writes that bring a value along. */
export const VALUE_ERRORS: readonly ErrorCode[] = [
  ...WRITE_ERRORS,
  'value_too_large',
  'too_many_siblings',
  'no_such_lease',
];

/** Of changes of the ring. */
export const RING_ERRORS: readonly ErrorCode[] = [
  ...COMMAND_ERRORS,
  'change_refused',
  'not_a_member',
  'salvage_open',
];

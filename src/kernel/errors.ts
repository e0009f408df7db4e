/**
 * Everything that can go wrong for a client, as one table.
 *
 * `definite` says whether the request certainly had no effect: a write answered
 * with `definite: false` may still surface later. `retry` says whether sending
 * the same request again is safe and may help.
 */

interface ErrorRow {
  readonly status: number;
  readonly definite: boolean;
  readonly retry: boolean;
  readonly title: string;
}

export const ERROR_TABLE = {
  bad_request: row(400, true, false, 'The request is malformed'),
  bad_parameter: row(400, true, false, 'A parameter is unknown or out of range'),
  bad_key: row(400, true, false, 'The key cannot be used'),
  bad_bucket: row(400, true, false, 'The bucket name cannot be used'),
  bad_context: row(400, true, false, 'The causal context cannot be used'),
  bad_session: row(400, true, false, 'The session token cannot be used'),
  condition_unsupported: row(400, true, false, 'This bucket cannot check a condition atomically'),
  bad_bucket_settings: row(400, true, false, 'The bucket cannot have these settings'),
  unauthenticated: row(401, true, false, 'The request bears no token that is known here'),
  forbidden: row(403, true, false, 'Whoever asks is not allowed this'),
  faults_disabled: row(403, true, false, 'The node was not started to be given faults'),
  not_found: row(404, true, false, 'There is no value under this key'),
  no_such_route: row(404, true, false, 'There is nothing at this path'),
  no_such_node: row(404, true, false, 'There is no such node in the cluster'),
  no_such_bucket: row(404, true, false, 'There is no such bucket'),
  bucket_mode: row(400, true, false, 'The request does not fit the mode of the bucket'),
  no_such_lease: row(404, true, false, 'There is no such lease, or no longer'),
  method_not_allowed: row(405, true, false, 'This path does not take this method'),
  request_timeout: row(408, true, true, 'The request took too long to come in'),
  not_a_number: row(409, true, false, 'The value is not a number that could be added to'),
  out_of_range: row(409, true, false, 'The sum is beyond the numbers that can be kept exactly'),
  too_many_siblings: row(409, true, false, 'The key has too many siblings to take another'),
  bucket_immutable: row(409, true, false, 'This property of a bucket cannot change'),
  too_many_buckets: row(409, true, false, 'The cluster has as many buckets as it can have'),
  too_many_leases: row(409, true, false, 'The cluster has as many leases as it can have'),
  duplicate_name: row(409, true, false, 'The name is that of another node'),
  duplicate_address: row(409, true, false, 'The address is that of another node'),
  not_a_member: row(409, true, false, 'The node is not a member of the cluster'),
  version_too_old: row(409, true, false, 'The program is older than what all members run'),
  rolled_back: row(409, true, false, 'The data directory is older than what is known of it'),
  replaced: row(409, true, false, 'The node was declared dead and must not come back as this node'),
  ring_already_drawn: row(409, true, false, 'The ring has been drawn already'),
  salvage_refused: row(409, true, false, 'Nothing of this node can be salvaged'),
  salvage_open: row(409, true, false, 'What a dead node held may yet be salvaged'),
  change_refused: row(409, true, false, 'The ring cannot be changed like this'),
  watch_compacted: row(410, true, false, 'The changes asked for are no longer kept'),
  condition_failed: row(412, true, false, 'The condition does not hold'),
  value_too_large: row(413, true, false, 'The value is larger than this node accepts'),
  headers_too_large: row(431, true, false, 'The target and the headers are too large'),
  not_ready: row(503, true, true, 'The node is not ready to serve'),
  overloaded: row(503, true, true, 'The node has too much to do'),
  out_of_time: row(503, true, true, 'The time was used up before anything was written'),
  too_few_replicas: row(503, true, true, 'Too few nodes are reachable to start'),
  context_unreachable: row(503, true, true, 'The versions named by the context are unreachable'),
  session_unavailable: row(503, true, true, 'What the session has seen is unreachable'),
  read_quorum_not_met: row(503, true, true, 'Too few nodes answered'),
  repair_quorum_not_met: row(503, true, true, 'Too few replicas could be repaired in time'),
  write_quorum_not_met: row(503, false, true, 'Too few nodes acknowledged'),
  coordinator_unreachable: row(503, true, true, 'No node that could coordinate is reachable'),
  coordinator_lost: row(503, false, true, 'The coordinating node did not answer'),
  node_unreachable: row(503, true, true, 'The node that is to be asked does not answer'),
  not_a_replica: row(503, true, true, 'The node asked is not a replica of the key'),
  paxos_unavailable: row(503, true, true, 'Too few replicas answered to begin the change'),
  outcome_unknown: row(503, false, false, 'Whether the change was carried out is not known'),
  stale_epoch: row(503, true, true, 'The request was made for another version of the ring'),
  partition_moving: row(503, true, true, 'The partition is moving to other nodes'),
  stale_reap: row(503, true, true, 'The state was read before deleted keys were reaped'),
  hints_full: row(503, true, true, 'The node keeps as much for other nodes as it may'),
  corrupt_record: row(503, true, true, 'The record on this replica failed its checksum'),
  ring_forming: row(503, true, true, 'The ring has not been drawn yet'),
  not_leader: row(503, true, true, 'The node asked does not lead the metadata group'),
  metadata_unavailable: row(
    503,
    true,
    true,
    'The metadata group has no leader that could be reached',
  ),
  metadata_overloaded: row(503, true, true, 'The metadata group has too much to do'),
  metadata_unknown: row(
    503,
    false,
    false,
    'Whether the metadata group carried the command out is not known',
  ),
  session_expired: row(503, false, false, 'The session of the command has ended'),
  cluster_upgrading: row(503, true, true, 'Not all nodes run a version that knows the request'),
  raft_store_full: row(507, true, false, 'The raft buckets hold as much as they can hold'),
  internal: row(500, false, true, 'The node failed while it carried the request out'),
} as const;

function row(status: number, definite: boolean, retry: boolean, title: string): ErrorRow {
  return { status, definite, retry, title };
}

export type ErrorCode = keyof typeof ERROR_TABLE;

/** A value, beside its version. */
export interface PresentValue {
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly (readonly [name: string, text: string])[];
}

/** Why a node is not ready: the names are for programs. */
export const UNREADY_REASONS = {
  draining: 'It stops.',
  left: 'It has left the cluster.',
  joining: 'It has not received the state of the cluster yet.',
  ring_forming: 'Not all nodes that are expected have joined.',
  start_unregistered: 'The metadata group does not know of this start yet.',
  metadata_behind:
    'Others have long applied entries of the metadata log that it has not. It takes requests all the same.',
} as const;

export type UnreadyReason = keyof typeof UNREADY_REASONS;

/** Facts about a failure that a program may want; they become members of the problem document. */
export interface ErrorFacts {
  /** Name of the query parameter, header or field that was wrong. */
  readonly parameter?: string;
  /** Nodes that answered before the request was given up. */
  readonly reached?: readonly string[];
  /** How many answers were needed. */
  readonly needed?: number;
  /** Overrides the table where the same failure came before or after the point of no return. */
  readonly definite?: boolean;
  /** Of the value that is there, where a condition did not hold; absent where there is none. */
  readonly revision?: number;
  /** Likewise, in buckets of mode paxos: see paxos/ballot.ts. */
  readonly version?: string;
  /** The value that has this version, where the client asked for it. */
  readonly present?: PresentValue;
  /** The key does not tell any more, and never will: to ask again is in vain. */
  readonly forgotten?: boolean;
  /** What the partition's reap number is where an older state was refused. */
  readonly reap?: number;
  /** What the epoch of the partition is where a message made for another one was refused. */
  readonly epoch?: number;
  readonly reason?: UnreadyReason;
  /** The last start that the cluster knows of, where an older one was registered. */
  readonly bootNumber?: number;
  /** After so long the node that refused may be asked again, as it says itself. */
  readonly retryAfterMs?: number;
}

/** What became of what was asked for: certainly nothing, or nobody knows. */
export type Outcome = 'not_applied' | 'unknown';

/** An error that a client may meet. `detail` says what was wrong and what would be right. */
export class QuorateError extends Error {
  override readonly name = 'QuorateError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, detail: string, facts: ErrorFacts = {}) {
    super(detail);
    this.code = code;
    this.facts = facts;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get definite(): boolean {
    return this.facts.definite ?? ERROR_TABLE[this.code].definite;
  }

  get retry(): boolean {
    return ERROR_TABLE[this.code].retry;
  }

  get outcome(): Outcome {
    return this.definite ? 'not_applied' : 'unknown';
  }
}

/** The form in which an error crosses between nodes. */
export interface ErrorOnWire {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly facts: ErrorFacts;
}

export function errorToWire(error: unknown): ErrorOnWire {
  if (error instanceof QuorateError) {
    return { code: error.code, detail: error.message, facts: error.facts };
  }
  return { code: 'internal', detail: 'unexpected failure; see the log of that node', facts: {} };
}

export function errorFromWire(wire: ErrorOnWire): QuorateError {
  const code: ErrorCode = Object.hasOwn(ERROR_TABLE, wire.code) ? wire.code : 'internal';
  return new QuorateError(code, String(wire.detail), wire.facts ?? {});
}

/** Why a call to a node brought no reply. */
export type TransportFailure = 'unreachable' | 'overloaded' | 'disconnected' | 'timeout';

export interface TransportDetails {
  /** It was given up before it left; `unreachable` and `overloaded` say as much by themselves. */
  readonly neverSent?: boolean;
  /** It would have changed nothing. */
  readonly isRead?: boolean;
  readonly cause?: unknown;
}

/**
 * A call that got no reply. After `unreachable` and `overloaded` the peer certainly
 * never saw the request; after `disconnected` and `timeout` it may have acted on it.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failure: TransportFailure;
  readonly #details: TransportDetails;

  constructor(failure: TransportFailure, detail: string, details: TransportDetails = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    this.failure = failure;
    this.#details = details;
  }

  get neverSent(): boolean {
    const { neverSent = false } = this.#details;
    return neverSent || this.failure === 'unreachable' || this.failure === 'overloaded';
  }

  get outcome(): Outcome {
    return this.neverSent || this.#details.isRead === true ? 'not_applied' : 'unknown';
  }
}

/**
 * What may go wrong between nodes without anybody being wrong. Anything else that is thrown
 * is a fault of the program and must not pass for a slow replica.
 */
export function isExpected(error: unknown): error is QuorateError | TransportError {
  return error instanceof QuorateError || error instanceof TransportError;
}

/** Takes the product at its word: whether what was asked for certainly had no effect. */
export function isDefinite(error: unknown): boolean {
  if (error instanceof TransportError) return error.neverSent;
  return error instanceof QuorateError && error.definite;
}

/** The store could not make a write durable. The node must stop; nothing is retried. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

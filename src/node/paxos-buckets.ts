/**
 * Requests to buckets of mode `paxos`: a register for each key, on its replicas. Reads are
 * linearizable; changes and their conditions are atomic, and run once under each request id.
 */

import type { Content } from '../causality/sibling-object.ts';
import { CausalSession } from '../coordinator/causal-session.ts';
import type { SessionAnswer } from '../coordinator/session-answers.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { Trace } from '../kernel/trace.ts';
import { UPDATE_REFUSED } from '../kernel/value-update.ts';
import { type Ballot, ballotOfText, ballotText, isZero } from '../paxos/ballot.ts';
import type { Change, Condition } from '../paxos/change.ts';
import type { ChangeResult } from '../paxos/messages.ts';
import type { Refusal } from '../paxos/register.ts';
import type { RegisterListing } from '../paxos/register-listing.ts';
import type { Registers } from '../paxos/registers.ts';
import type { Bucket, ClusterView } from '../ring/cluster-view.ts';
import type { KeyPage, KeyRange } from '../routing/key-listing.ts';
import type { QuorumReport } from '../routing/quorum-report.ts';
import type { Readiness } from './readiness.ts';
import type { Operation, RequestLedger } from './request-ledger.ts';

/** A condition on versions in their text form; those that no value can have match nothing. */
export type TextCondition =
  | 'none'
  | { readonly ifMatch: readonly string[] | 'any' }
  | { readonly ifNoneMatch: readonly string[] | 'any' };

export interface PaxosRead {
  /** Undefined: there is no value. */
  readonly content: Content | undefined;
  /** Of the value; undefined: there is none. */
  readonly version: string | undefined;
  readonly quorum: QuorumReport;
  /** Where the request was one of a causal session. */
  readonly session: SessionAnswer | undefined;
}

export interface PaxosChanged {
  /** That the change has made. */
  readonly version: string;
  /** Of an increment: what it came to. */
  readonly result: number | undefined;
  readonly quorum: QuorumReport;
  /** Where the request was one of a causal session. */
  readonly session: SessionAnswer | undefined;
}

/** Tokens of the causal session that a request is of; undefined: of none. */
export type CausalTokens = readonly string[] | undefined;

interface Lasting {
  /** How long what it creates lives; `none`: for ever; undefined: as its bucket has it. */
  readonly ttlMs: number | 'none' | undefined;
}

export interface PaxosPut extends Pick<Content, 'value' | 'contentType' | 'meta'>, Lasting {
  readonly type: 'put';
  /** Where the condition does not hold, the error is to have the value that is there. */
  readonly showsPresent?: boolean;
}

export interface PaxosDelete {
  readonly type: 'delete';
}

export interface PaxosIncrement extends Lasting {
  readonly type: 'increment';
  readonly by: number;
}

export interface PaxosAppend extends Lasting {
  readonly type: 'append';
  readonly bytes: Uint8Array;
  /** Of what it creates. */
  readonly contentType: string;
}

export type PaxosChange = (PaxosPut | PaxosDelete | PaxosIncrement | PaxosAppend) & {
  readonly condition: TextCondition;
  /** By which the change runs once, see idempotency-key.ts; undefined: it is sent once. */
  readonly requestId: Uint8Array | undefined;
  readonly causal?: CausalTokens;
};

export interface PaxosBucketsPorts {
  readonly view: ClusterView;
  readonly registers: Registers;
  readonly registerListing: RegisterListing;
  readonly requests: RequestLedger;
  readonly readiness: Readiness;
  /** Larger values are refused. */
  readonly valueBytesMax: number;
}

const OPERATION = {
  put: 'put',
  delete: 'delete',
  increment: 'update',
  append: 'update',
} as const satisfies Record<PaxosChange['type'], Operation>;

export class PaxosBuckets {
  readonly #ports: PaxosBucketsPorts;

  constructor(ports: PaxosBucketsPorts) {
    this.#ports = ports;
  }

  get(
    bucket: Bucket,
    key: Uint8Array,
    timeoutMs: number,
    causal?: CausalTokens,
    trace?: Trace,
  ): Promise<PaxosRead> {
    const { registers } = this.#ports;
    return this.#run('get', timeoutMs, async (deadline) => {
      const session = this.#session(causal);
      const request = { bucket: bucket.name, key };
      const { content, version, quorum } = await registers.read(request, deadline, trace);
      const shown = content && ballotText(version);
      return { content, version: shown, quorum, session: session?.after(content) };
    });
  }

  /**
   * Throws what became of a change that changed nothing: `condition_failed` and others, with the
   * version of the value that is there; `paxos_unavailable` where it certainly never runs,
   * `outcome_unknown` where that is not known.
   */
  change(
    bucket: Bucket,
    key: Uint8Array,
    asked: PaxosChange,
    timeoutMs: number,
    trace?: Trace,
  ): Promise<PaxosChanged> {
    const { registers, valueBytesMax } = this.#ports;
    return this.#run(OPERATION[asked.type], timeoutMs, async (deadline) => {
      const session = this.#session(asked.causal);
      const change = changeOf(asked, session?.carried, valueBytesMax);
      const showsPresent = asked.type === 'put' && asked.showsPresent;
      const request = { bucket: bucket.name, key, change, id: asked.requestId, showsPresent };
      const answer = await registers.change(request, deadline, trace);
      if (answer.outcome !== 'applied') throw refusalOf(answer.outcome, answer, valueBytesMax);
      const { version, result, quorum, shown } = answer;
      return {
        version: ballotText(version),
        result,
        quorum,
        session: shown === 'overwritten' ? session?.afterOverwritten() : session?.after(shown),
      };
    });
  }

  /** One page of the keys of the bucket; those of several pages are no snapshot. */
  list(bucket: Bucket, range: KeyRange, timeoutMs: number): Promise<KeyPage> {
    const { registerListing } = this.#ports;
    return this.#run('list', timeoutMs, (deadline) =>
      registerListing.list(bucket.name, range, deadline),
    );
  }

  /** Throws `bad_session`. */
  #session(causal: CausalTokens): CausalSession | undefined {
    return causal && new CausalSession(this.#ports.view, causal);
  }

  #run<Result>(
    operation: Operation,
    timeoutMs: number,
    work: (deadline: number) => Promise<Result>,
  ): Promise<Result> {
    const { requests, readiness } = this.#ports;
    return requests.run(operation, timeoutMs, (deadline) => {
      readiness.demand();
      return work(deadline);
    });
  }
}

/** Throws `value_too_large`. */
function changeOf(asked: PaxosChange, carried: Uint8Array | undefined, bytesMax: number): Change {
  const condition = conditionOf(asked.condition);
  switch (asked.type) {
    case 'put': {
      const { value, contentType, meta, ttlMs } = asked;
      if (value.length > bytesMax) throw tooLarge(`has ${value.length}`, bytesMax);
      return { type: 'put', value, contentType, meta, carried, ttlMs, condition };
    }
    case 'delete':
      return { type: 'delete', condition };
    case 'increment':
      return { type: 'increment', by: asked.by, carried, ttlMs: asked.ttlMs, condition };
    case 'append': {
      const { bytes, contentType, ttlMs } = asked;
      return { type: 'append', bytes, contentType, carried, ttlMs, bytesMax, condition };
    }
  }
}

function conditionOf(condition: TextCondition): Condition {
  if (condition === 'none') return condition;
  return 'ifMatch' in condition
    ? { ifMatch: versionsOf(condition.ifMatch) }
    : { ifNoneMatch: versionsOf(condition.ifNoneMatch) };
}

function versionsOf(texts: readonly string[] | 'any'): readonly Ballot[] | 'any' {
  return texts === 'any' ? texts : texts.flatMap((text) => ballotOfText(text) ?? []);
}

const WHY: Readonly<Record<Exclude<Refusal, 'value_too_large'>, string>> = {
  condition_failed: 'the key has another version than the condition asks for, or none',
  not_found: 'there is no value under this key',
  ...UPDATE_REFUSED,
};

function refusalOf(
  refusal: Refusal,
  { version, present }: ChangeResult,
  bytesMax: number,
): QuorateError {
  if (refusal === 'value_too_large') return tooLarge('would have more', bytesMax);
  const facts = isZero(version)
    ? {}
    : { version: ballotText(version), ...(present && { present }) };
  return new QuorateError(refusal, WHY[refusal], facts);
}

function tooLarge(what: string, bytesMax: number): QuorateError {
  return new QuorateError(
    'value_too_large',
    `the value ${what} bytes; this node takes up to ${bytesMax}`,
  );
}

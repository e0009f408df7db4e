/**
 * What the state machine answers to a command. Replies are kept in client sessions and so
 * are part of the replicated state: equal on every node, and with a binary form.
 */

import { type ErrorCode, type ErrorFacts, QuorateError } from '../kernel/errors.ts';
import { type BucketRecord, bucketCodec } from './buckets.ts';
import { type Codec, flag, integer, optional, record, tagged, text, uint } from './codec.ts';

/** A failure for the client; nothing has changed. `errorFromWire` makes an error of it. */
export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly facts: ErrorFacts;
}

interface Success<Type extends string> {
  readonly ok: true;
  readonly type: Type;
}

export type CommandSuccess =
  | (Success<'admit_node'> & { readonly nodeNo: number })
  | Success<'register_start'>
  | Success<'draw_ring'>
  | (Success<'put_bucket'> & { readonly bucket: BucketRecord; readonly created: boolean })
  | (Success<'delete_bucket'> & { readonly number: number })
  | (Success<'put_value'> & { readonly revision: number; readonly existed: boolean })
  | (Success<'delete_value'> & { readonly revision: number; readonly existed: boolean })
  | (Success<'grant_lease'> & { readonly id: number })
  | Success<'renew_lease'>
  | Success<'revoke_lease'>
  | Success<'expire_leases'>
  | Success<'begin_reaping'>
  | Success<'stage_change'>
  | Success<'unstage_changes'>
  | Success<'commit_changes'>
  | Success<'abort_changes'>
  | Success<'begin_moves'>
  | Success<'advance_moves'>
  | Success<'retire_node'>
  | Success<'set_transfer_rate'>
  | Success<'close_salvage'>
  | Success<'raise_epochs'>
  | (Success<'update_value'> & {
      readonly revision: number;
      /** Of an increment: what it came to. */
      readonly result: number | undefined;
    });

export type CommandReply = CommandSuccess | Refusal;

/** The reply to commands of one type. */
export type ReplyTo<Type extends CommandSuccess['type']> =
  | Extract<CommandSuccess, { readonly type: Type }>
  | Refusal;

/** Anything but an error that a client may meet is a fault of the program and goes on up. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof QuorateError)) throw error;
  return { ok: false, code: error.code, detail: error.message, facts: error.facts };
}

const ok: Codec<true> = { write: () => {}, read: () => true };
const bare = record({ ok });
const written = record({ ok, revision: uint, existed: flag });

const successCodec = tagged<CommandSuccess>({
  admit_node: [1, record({ ok, nodeNo: uint })],
  register_start: [2, bare],
  draw_ring: [3, bare],
  put_bucket: [4, record({ ok, bucket: bucketCodec, created: flag })],
  delete_bucket: [5, record({ ok, number: uint })],
  put_value: [6, written],
  delete_value: [7, written],
  grant_lease: [8, record({ ok, id: uint })],
  renew_lease: [9, bare],
  revoke_lease: [10, bare],
  expire_leases: [11, bare],
  begin_reaping: [12, bare],
  stage_change: [13, bare],
  unstage_changes: [14, bare],
  commit_changes: [15, bare],
  abort_changes: [16, bare],
  begin_moves: [17, bare],
  advance_moves: [18, bare],
  retire_node: [19, bare],
  set_transfer_rate: [20, bare],
  close_salvage: [21, bare],
  raise_epochs: [22, bare],
  update_value: [23, record({ ok, revision: uint, result: optional(integer) })],
});

/** The facts that the state machine gives; absent ones stay absent. */
const factsCodec: Codec<ErrorFacts> = {
  write(writer, { parameter, revision, bootNumber, forgotten = false }) {
    optional(text).write(writer, parameter);
    optional(uint).write(writer, revision);
    optional(uint).write(writer, bootNumber);
    flag.write(writer, forgotten);
  },
  read(reader) {
    const parameter = optional(text).read(reader);
    const revision = optional(uint).read(reader);
    const bootNumber = optional(uint).read(reader);
    const forgotten = flag.read(reader);
    return {
      ...(parameter !== undefined && { parameter }),
      ...(revision !== undefined && { revision }),
      ...(bootNumber !== undefined && { bootNumber }),
      ...(forgotten && { forgotten }),
    };
  },
};

const refusalCodec = record<Omit<Refusal, 'ok'>>({
  code: text as Codec<ErrorCode>,
  detail: text,
  facts: factsCodec,
});

export const replyCodec: Codec<CommandReply> = {
  write(writer, reply) {
    flag.write(writer, reply.ok);
    if (reply.ok) successCodec.write(writer, reply);
    else refusalCodec.write(writer, reply);
  },
  read: (reader) =>
    flag.read(reader) ? successCodec.read(reader) : { ok: false, ...refusalCodec.read(reader) },
};

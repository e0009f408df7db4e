/** The other nodes of a move, as a table of what each answers. */

import { TransportError } from '../../../../src/kernel/errors.ts';
import type { NodeId } from '../../../../src/kernel/names.ts';
import {
  TRANSFER_STATUS,
  type TransferShare,
} from '../../../../src/node/ring-moves/transfer-status.ts';
import type { CallType, Transport } from '../../../../src/ports/transport.ts';
import {
  COPY_PARTITION,
  FENCE_PARTITIONS,
  LEAVE_PARTITION,
  PREPARE_PARTITIONS,
  type TransferProgress,
} from '../../../../src/repair/transfer/transfer-messages.ts';

export const RUNNING: TransferProgress = {
  state: 'running',
  keys: 3,
  bytes: 300,
  of: 10,
  detail: null,
};
export const DONE: TransferProgress = {
  state: 'done',
  keys: 10,
  bytes: 1_000,
  of: 10,
  detail: null,
};

export const NO_SHARE: TransferShare = {
  taking: [],
  bytesTaken: 0,
  hintsHeld: 0,
  departing: true,
  waits: [],
};

const WHAT = new Map([
  [PREPARE_PARTITIONS.kind, 'prepare'],
  [FENCE_PARTITIONS.kind, 'fence'],
  [COPY_PARTITION.kind, 'copy'],
  [LEAVE_PARTITION.kind, 'leave'],
  [TRANSFER_STATUS.kind, 'status'],
]);

type Answer = (node: NodeId, request: unknown) => unknown;

export class FakeNodes {
  /** `fence n1`, in the order in which it was asked. */
  readonly asked: string[] = [];
  /** Their requests, in the same order. */
  readonly requests: unknown[] = [];
  /** By what is asked. */
  readonly answers: Record<string, Answer> = {
    prepare: () => [true],
    fence: () => [true],
    copy: () => DONE,
    leave: () => DONE,
    status: () => NO_SHARE,
  };

  readonly transport: Transport = {
    call: async (node: NodeId, { kind }: CallType<unknown, unknown>, request: unknown) => {
      const what = WHAT.get(kind) as string;
      this.asked.push(`${what} ${node}`);
      this.requests.push(request);
      return this.answers[what]?.(node, request);
    },
  } as unknown as Transport;

  /** What was asked since the last time. */
  taken(): readonly string[] {
    this.requests.length = 0;
    return this.asked.splice(0);
  }
}

export function unreachable(node: NodeId): never {
  throw new TransportError('unreachable', `${node} cannot be reached`);
}

/** An answer that comes when it is given. */
export class Held<Reply> {
  readonly answer: Promise<Reply>;
  give!: (reply: Reply) => void;

  constructor() {
    this.answer = new Promise((resolve) => {
      this.give = resolve;
    });
  }
}

/** A store as YCSB sees it, over the network; one for each kind of contestant. */

import type { GetOptions, PutOptions } from '../../../../src/client/request-options.ts';

/** What to do with a value: of nothing, when there is none. */
export type Change = (before: Uint8Array | undefined) => Uint8Array;

export interface RemoteStore {
  /** Undefined where there is no value. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Inserts or replaces. */
  write(key: string, value: Uint8Array): Promise<void>;
  /**
   * Reads and writes back, by the means that the store has against lost updates. Rejects with
   * a `Conflict` where somebody else wrote meanwhile and the store says so.
   */
  modify(key: string, change: Change): Promise<void>;
  close(): Promise<void>;
}

export class Conflict extends Error {
  readonly code = 'conflict';
}

/** Fully says how to reach one, so that a process can be told. */
export type StoreAddress =
  | {
      readonly kind: 'quorate';
      readonly urls: readonly string[];
      readonly bucket: string;
      readonly read: GetOptions;
      readonly write: PutOptions;
    }
  | { readonly kind: 'etcd-json' | 'etcd-grpc'; readonly urls: readonly string[] }
  | { readonly kind: 'redis'; readonly host: string; readonly port: number; readonly wait: number };

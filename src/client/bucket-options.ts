/** What callers of a bucket may say with each of its operations. */

import type {
  AppendOptions,
  Bytes,
  DeleteOptions,
  GetOptions,
  KeysOptions,
  PutOptions,
  RequestControl,
  SessionOptions,
  UpdateOptions,
} from './request-options.ts';

/** The session is that of the object that is asked, and its time that of `timeoutMs`. */
type Asked<Options> = Omit<Options, keyof SessionOptions | 'timeout'> & RequestControl;

export type BucketGetOptions = Asked<GetOptions>;
export type BucketPutOptions = Asked<Omit<PutOptions, 'contentType' | 'returnBody'>>;
export type BucketDeleteOptions = Asked<DeleteOptions>;
export type BucketIncrementOptions = Asked<UpdateOptions>;
export type BucketAppendOptions = Asked<Omit<AppendOptions, 'contentType'>>;
export type BucketListOptions = Omit<KeysOptions, 'timeout'> & RequestControl;

export interface BucketUpdateOptions
  extends Pick<GetOptions, 'r' | 'pr' | 'readRepair' | 'sloppy'>,
    Pick<PutOptions, 'w' | 'pw' | 'ttl' | 'lease' | 'meta'>,
    RequestControl {
  /**
   * The function may be applied to its own result and changes nothing more, as when it puts an
   * element into a set. Then the update begins anew where nobody knows whether it was written.
   */
  readonly repeatable?: boolean | undefined;
}

export interface BucketWatchOptions {
  readonly prefix?: Bytes | undefined;
  /** The revision of the last change that is known; without it, changes from now on. */
  readonly after?: number | undefined;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

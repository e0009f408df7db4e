/** The SDK, as `quorate` and `quorate/client` export it. */

export {
  type ErrorCode,
  type ErrorFacts,
  type Outcome,
  QuorateError,
  TransportError,
  type TransportFailure,
} from '../kernel/errors.ts';
export {
  type BatchResults,
  Bucket,
  type BucketNews,
  type Operation,
  type Settled,
} from './bucket.ts';
export type {
  BucketAppendOptions,
  BucketDeleteOptions,
  BucketGetOptions,
  BucketIncrementOptions,
  BucketListOptions,
  BucketPutOptions,
  BucketUpdateOptions,
  BucketWatchOptions,
} from './bucket-options.ts';
export type { BucketDocument, BucketMode, ConflictPolicy } from './cluster-documents.ts';
export { bytes, type Codec, CodecError, json, schema, text } from './codecs.ts';
export type { ConnectionOptions, TlsOptions } from './connection.ts';
export {
  ConflictError,
  type Found,
  type FoundNothing,
  type FoundOne,
  type FoundSiblings,
  type FoundValue,
  type Sibling,
  type ValueVersion,
} from './found.ts';
export { KeyOperations } from './key-operations.ts';
export {
  type BucketOptions,
  Quorate,
  type QuorateOptions,
  type ResolvingBucketOptions,
  Session,
} from './quorate.ts';
export type { BucketSettings, Bytes, LevelOption, RequestControl, Ttl } from './request-options.ts';
export { lww, type Resolver, union } from './resolvers.ts';
export type { HedgeOptions, RetryOptions } from './sdk-retries.ts';
export type { Guarantee } from './session.ts';
export type { StandardSchemaV1 } from './standard-schema.ts';
export type { Compared, Deleted, Updated, Written } from './written.ts';

/** Requests for keys and buckets, as they are sent to whichever node. */

import type { Call } from './connection.ts';
import type {
  AppendOptions,
  BucketSettings,
  Bytes,
  DeleteOptions,
  GetOptions,
  InspectOptions,
  PutOptions,
  UpdateOptions,
} from './request-options.ts';
import {
  atomicHeaders,
  bucketPath,
  contentHeaders,
  inspectedKeyPath,
  keyPath,
  sessionHeaders,
  sessionText,
  sloppyText,
  ttlText,
  writeHeaders,
} from './request-text.ts';

export function getCall(bucket: string, key: Bytes, options: GetOptions): Call {
  const { r, pr, readRepair, timeout } = options;
  return {
    method: 'GET',
    path: keyPath(bucket, key),
    query: {
      r,
      pr,
      sloppy: sloppyText(options),
      read_repair: readRepair,
      session: sessionText(options),
      timeout,
    },
    headers: sessionHeaders(options),
  };
}

export function putCall(bucket: string, key: Bytes, value: Bytes, options: PutOptions): Call {
  const { w, pw, timeout, lease, ttl, returnBody } = options;
  return {
    method: 'PUT',
    path: keyPath(bucket, key),
    query: {
      w,
      pw,
      sloppy: sloppyText(options),
      lease,
      ttl: ttlText(ttl),
      return: returnBody ? 'body' : undefined,
      session: sessionText(options),
      timeout,
    },
    headers: contentHeaders(writeHeaders(options), options),
    body: value,
  };
}

export function deleteCall(bucket: string, key: Bytes, options: DeleteOptions): Call {
  const { w, pw, r, timeout } = options;
  return {
    method: 'DELETE',
    path: keyPath(bucket, key),
    query: { w, pw, r, sloppy: sloppyText(options), session: sessionText(options), timeout },
    headers: writeHeaders(options),
  };
}

export function incrementCall(
  bucket: string,
  key: Bytes,
  by: number,
  options: UpdateOptions,
): Call {
  const { ttl, timeout } = options;
  return {
    method: 'POST',
    path: keyPath(bucket, key),
    query: { op: 'increment', by, ttl: ttlText(ttl), session: sessionText(options), timeout },
    headers: atomicHeaders(options),
  };
}

export function appendCall(bucket: string, key: Bytes, bytes: Bytes, options: AppendOptions): Call {
  const { ttl, timeout } = options;
  return {
    method: 'POST',
    path: keyPath(bucket, key),
    query: { op: 'append', ttl: ttlText(ttl), session: sessionText(options), timeout },
    headers: contentHeaders(atomicHeaders(options), options),
    body: bytes,
  };
}

export function inspectCall(bucket: string, key: Bytes, options: InspectOptions): Call {
  const { values, timeout } = options;
  const path = inspectedKeyPath(bucket, key);
  return {
    method: 'GET',
    path,
    query: { values: values === false ? 'false' : undefined, timeout },
  };
}

export function putBucketCall(name: string, settings: BucketSettings): Call {
  return { method: 'PUT', path: bucketPath(name), body: JSON.stringify(settings) };
}

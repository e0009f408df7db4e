/** A request while somebody chooses what it shall be, and what is sent then. */

import type { BucketMode } from '../../client/cluster-documents.ts';
import type { ApiRequest } from '../api.ts';
import type { WrittenValue } from './resolution.ts';
import { type Target, valuePath } from './target.ts';

export type Method = 'GET' | 'PUT' | 'DELETE';

export const GUARANTEES = {
  '': 'none',
  ryw: 'read your writes',
  mr: 'monotonic reads',
  mw: 'monotonic writes',
  wfr: 'writes follow reads',
  session: 'all four',
  causal: 'causal, across keys',
} as const;

export type Guarantee = keyof typeof GUARANTEES;

/** On which version a write is made, in buckets with versions. */
export type ConditionKind = 'none' | 'if-match' | 'if-none-match';

export interface RequestDraft {
  readonly method: Method;
  /** `''`: as the bucket has it. */
  readonly r: string;
  readonly w: string;
  readonly sloppy: boolean;
  readonly session: Guarantee;
  /** A write replaces what the last read showed. */
  readonly replaces: boolean;
  readonly condition: ConditionKind;
  readonly value: string;
  readonly contentType: string;
}

export const FIRST_DRAFT: RequestDraft = {
  method: 'GET',
  r: '',
  w: '',
  sloppy: true,
  session: '',
  replaces: true,
  condition: 'none',
  value: '',
  contentType: 'text/plain',
};

/** What earlier answers have left for later requests. */
export interface Carried {
  /** Of the last read of this key. */
  readonly context: string | undefined;
  readonly etag: string | undefined;
  readonly sessionToken: string | undefined;
}

export interface PreparedRequest {
  readonly target: Target;
  readonly path: string;
  /** The query without `trace`, for people. */
  readonly parameters: string;
  readonly request: ApiRequest & { readonly method: Method };
}

/** @param written in place of the value that the draft has */
export function prepared(
  target: Target,
  mode: BucketMode,
  draft: RequestDraft,
  carried: Carried,
  written?: WrittenValue,
): PreparedRequest {
  const { method, session } = draft;
  const query = new URLSearchParams(levelsOf(mode, draft));
  if (session !== '') query.set('session', session);
  if (written?.ttl !== undefined) query.set('ttl', written.ttl);
  const parameters = query.toString();
  query.set('trace', 'true');
  const token = session === '' ? undefined : carried.sessionToken;
  const headers = {
    ...(token !== undefined && { 'x-quorate-session': token }),
    ...(method !== 'GET' && seenHeaders(mode, draft, carried)),
    ...(method === 'PUT' && { 'content-type': written?.contentType ?? draft.contentType }),
    ...metaHeaders(written),
  };
  const content = written?.value ?? draft.value;
  return {
    target,
    path: `${valuePath(target)}?${query}`,
    parameters,
    request: { method, headers, ...(method === 'PUT' && { body: content }) },
  };
}

function metaHeaders({ meta = {} }: Pick<WrittenValue, 'meta'> = {}): Record<string, string> {
  const headers = Object.entries(meta).map(([name, text]) => [`x-quorate-meta-${name}`, text]);
  return Object.fromEntries(headers);
}

/** What means nothing to the request, or in the mode, is left out. */
function levelsOf(mode: BucketMode, { method, r, w, sloppy }: RequestDraft): [string, string][] {
  if (mode !== 'dynamo') return [];
  const level = method === 'GET' ? (['r', r] as const) : (['w', w] as const);
  return [
    ...(level[1] === '' ? [] : [[...level] as [string, string]]),
    ...(sloppy ? [] : [['sloppy', 'false'] as [string, string]]),
  ];
}

function seenHeaders(
  mode: BucketMode,
  { replaces, condition }: RequestDraft,
  { context, etag }: Carried,
): Record<string, string> {
  if (mode === 'dynamo') {
    return replaces && context !== undefined ? { 'x-quorate-context': context } : {};
  }
  if (condition === 'if-none-match') return { 'if-none-match': '*' };
  return condition === 'if-match' && etag !== undefined ? { 'if-match': etag } : {};
}

/** Why it cannot be sent; undefined: it can. */
export function whyNotSent(draft: RequestDraft): string | undefined {
  if (draft.method !== 'PUT' || /^[\t\x20-\x7e]{0,255}$/.test(draft.contentType)) return undefined;
  return 'A content type has printable ASCII characters, at most 255.';
}

/**
 * Requests of the page to the node that served it, and through it to the others.
 *
 * The page may talk to its own origin only; `/nodes/NAME/...` there is carried to another node's
 * client port. Whether a request that failed was carried out is never guessed: `ApiError` says
 * what the problem document says, and of a connection that broke that it is not known.
 */

import { type ApiAnswer, ApiError, type ApiRequest, problemOf, textOf } from './answer.ts';
import { currentToken, forgetToken } from './token.ts';

export { type ApiAnswer, ApiError, type ApiRequest, problemOf, textOf };

/** Longer than a node waits for its peers, so that its own answer comes first. */
const TIMEOUT_MS = 10_000;

/** Any answer, whatever its status. Throws `ApiError` where there is none. */
export async function send(path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
  const { method = 'GET', headers = {}, body, node, signal } = request;
  const startedAt = performance.now();
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const token = currentToken();
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(node === undefined ? path : pathThrough(node, path), {
      method,
      headers: { ...authorization, ...headers },
      ...(body !== undefined && { body }),
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    const answer = new Uint8Array(await response.arrayBuffer());
    const tookMs = performance.now() - startedAt;
    // Another node's tokens are its own, and by now another token may be shown.
    if (response.status === 401 && node === undefined && currentToken() === token) forgetToken();
    return { status: response.status, headers: response.headers, body: answer, tookMs };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const isRead = method === 'GET' || method === 'HEAD';
    const why = late.aborted ? `no answer within ${TIMEOUT_MS / 1_000} s` : 'no connection';
    throw new ApiError(0, 'no_answer', isRead, `${why} from this page’s node`);
  }
}

/** A JSON document. Throws `ApiError` unless the status is one of 200 to 299. */
export async function readJson<Document>(path: string, request?: ApiRequest): Promise<Document> {
  const answer = await send(path, request);
  if (answer.status < 200 || answer.status > 299) throw problemOf(answer);
  // Some have nothing to say but that it is done.
  return (answer.body.length === 0 ? undefined : JSON.parse(textOf(answer))) as Document;
}

export function sendJson<Document>(
  path: string,
  method: 'PUT' | 'POST' | 'DELETE',
  document?: unknown,
  request: Pick<ApiRequest, 'node' | 'signal'> = {},
): Promise<Document> {
  const body = document === undefined ? {} : { body: JSON.stringify(document) };
  const headers = { 'content-type': 'application/json' };
  return readJson<Document>(path, { ...request, method, headers, ...body });
}

function pathThrough(node: string, path: string): string {
  return `/nodes/${encodeURIComponent(node)}${path}`;
}

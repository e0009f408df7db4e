/** What the page asks a node, and what its answers mean: without the asking itself (api.ts). */

export interface ApiRequest {
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Which node shall answer; absent: the one that served the page. */
  readonly node?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Until all of it was here. */
  readonly tookMs: number;
}

/** A problem document (RFC 9457), or what comes near it where there was no answer. */
export class ApiError extends Error {
  /** Of the answer; 0: there was none. */
  readonly status: number;
  /** Of the table of errors; `no_answer` where there was none. */
  readonly code: string;
  /** Whether what was asked for certainly did not happen. */
  readonly definite: boolean;

  constructor(status: number, code: string, definite: boolean, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.definite = definite;
  }
}

export function textOf({ body }: ApiAnswer): string {
  return new TextDecoder().decode(body);
}

export function problemOf(answer: ApiAnswer): ApiError {
  const { status } = answer;
  try {
    const problem = JSON.parse(textOf(answer)) as Record<string, unknown>;
    const { code, detail, title, definite } = problem;
    const text = String(detail ?? title ?? `status ${status}`);
    return new ApiError(status, String(code ?? 'unknown'), definite !== false, text);
  } catch {
    return new ApiError(status, 'unknown', status < 500, `status ${status}`);
  }
}

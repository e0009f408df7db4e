/**
 * What the page remembers while it is open, whichever panel is shown: the last requests, the
 * session, and what its own writes had seen. Nothing of it is kept beyond the page.
 */

import { useEffect, useState } from 'preact/hooks';
import { currentAccess, onAccessChange } from '../token.ts';
import { type SeenWrites, seenIn } from './causal-past.ts';
import type { KeyAnswer } from './read-answer.ts';
import type { PreparedRequest } from './request-draft.ts';

export interface PastRequest {
  readonly number: number;
  readonly at: Date;
  readonly sent: PreparedRequest;
  /** Undefined: none came. */
  readonly answer: KeyAnswer | undefined;
  /** Why none came. */
  readonly trouble: string | undefined;
}

export interface PageMemory {
  /** The last one first. */
  readonly requests: readonly PastRequest[];
  readonly sessionToken: string | undefined;
  /** By dot. */
  readonly pasts: ReadonlyMap<string, SeenWrites>;
}

export const REQUESTS_MAX = 30;
const PASTS_MAX = 500;

const NOTHING: PageMemory = { requests: [], sessionToken: undefined, pasts: new Map() };

let memory = NOTHING;
const listeners = new Set<() => void>();

/** Whoever signs in next is shown nothing of what the one before has seen. */
onAccessChange(() => {
  if (currentAccess() === 'needed') change(NOTHING);
});

export function usePageMemory(): PageMemory {
  const [shown, setShown] = useState(memory);
  useEffect(() => {
    const listener = () => setShown(memory);
    listener();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return shown;
}

export function rememberRequest(request: Omit<PastRequest, 'number' | 'at'>): void {
  change(withRequest(memory, request, new Date()));
}

export function dropSession(): void {
  change({ ...memory, sessionToken: undefined });
}

function change(now: PageMemory): void {
  memory = now;
  for (const listener of listeners) listener();
}

export function withRequest(
  before: PageMemory,
  request: Omit<PastRequest, 'number' | 'at'>,
  at: Date,
): PageMemory {
  const number = (before.requests[0]?.number ?? 0) + 1;
  const { sent, answer } = request;
  return {
    requests: [{ ...request, number, at }, ...before.requests].slice(0, REQUESTS_MAX),
    sessionToken: answer?.sessionToken ?? before.sessionToken,
    pasts: sent.request.method === 'GET' ? before.pasts : withPast(before.pasts, answer),
  };
}

/** The context of a write names the write itself, beside what its writer had seen before. */
function withPast(pasts: PageMemory['pasts'], answer: KeyAnswer | undefined): PageMemory['pasts'] {
  const seen = answer?.context === undefined ? undefined : seenIn(answer.context);
  const own = seen?.dots.find((dot) => !pasts.has(dot));
  if (seen === undefined || own === undefined) return pasts;
  return new Map([...pasts, [own, seen] as const].slice(-PASTS_MAX));
}

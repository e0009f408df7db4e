/**
 * Documents that are read again and again while somebody looks at them.
 *
 * Who wants the same document shares one poll. Nothing is asked while the page is hidden or
 * nobody is subscribed, so a forgotten tab costs a node nothing; the next request goes when the
 * last has been answered, so a slow node is not asked faster than it answers.
 */

import { useEffect, useState } from 'preact/hooks';
import { type ApiError, readJson } from './api.ts';
import { onAccessChange } from './token.ts';

export interface Live<Document> {
  /** The last that was read; undefined: none yet. Stays when a later reading fails. */
  readonly document: Document | undefined;
  /** By `performance.now()`. */
  readonly atMs: number | undefined;
  /** Why the last reading failed; undefined: it did not. */
  readonly error: ApiError | undefined;
}

type Listener = (live: Live<unknown>) => void;

const NOTHING: Live<never> = { document: undefined, atMs: undefined, error: undefined };

/** What one path last answered, and who wants to know. */
class Poll {
  readonly #path: string;
  readonly #listeners = new Map<Listener, number>();
  #live: Live<unknown> = NOTHING;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  /** What is on its way was asked before something changed. */
  #isOutdated = false;

  constructor(path: string) {
    this.#path = path;
  }

  get live(): Live<unknown> {
    return this.#live;
  }

  get isWanted(): boolean {
    return this.#listeners.size > 0;
  }

  subscribe(listener: Listener, everyMs: number): () => void {
    this.#listeners.set(listener, everyMs);
    this.look();
    return () => {
      this.#listeners.delete(listener);
      if (!this.isWanted) clearTimeout(this.#timer);
    };
  }

  /** Asks at once, unless an answer is on its way. */
  look(): void {
    clearTimeout(this.#timer);
    if (this.#asking || document.hidden || !this.isWanted) return;
    this.#asking = true;
    const startedAt = performance.now();
    readJson<unknown>(this.#path)
      .then(
        (answer) => ({ document: answer, atMs: performance.now(), error: undefined }),
        (error: ApiError) => ({ ...this.#live, error }),
      )
      .then((live) => this.#tell(live, startedAt));
  }

  /** Asks for what is there from now on. */
  refresh(): void {
    this.#isOutdated = this.#asking;
    this.look();
  }

  /** For who signs in next. */
  forget(): void {
    this.#live = NOTHING;
    this.refresh();
  }

  #tell(live: Live<unknown>, startedAt: number): void {
    this.#asking = false;
    if (this.#isOutdated) {
      this.#isOutdated = false;
      this.look();
      return;
    }
    this.#live = live;
    const everyMs = Math.min(...this.#listeners.values());
    if (Number.isFinite(everyMs)) {
      const waitMs = Math.max(0, startedAt + everyMs - performance.now());
      this.#timer = setTimeout(() => this.look(), waitMs);
    }
    for (const listener of [...this.#listeners.keys()]) listener(live);
  }
}

/** Those that nobody wants any more, as of keys that were looked at, go beyond so many. */
const POLLS_MAX = 32;

const polls = new Map<string, Poll>();

document.addEventListener('visibilitychange', () => {
  for (const poll of polls.values()) poll.look();
});
onAccessChange(() => {
  for (const poll of polls.values()) poll.forget();
});

function pollOf(path: string): Poll {
  const known = polls.get(path);
  if (known !== undefined) return known;
  const unwanted = [...polls].filter(([, { isWanted }]) => !isWanted);
  for (const [old] of unwanted.slice(0, Math.max(0, polls.size - POLLS_MAX))) polls.delete(old);
  const poll = new Poll(path);
  polls.set(path, poll);
  return poll;
}

/** The document at a path of this page’s node, read anew at least so often. */
export function useLive<Document>(path: string, everyMs: number): Live<Document> {
  const [live, setLive] = useState(() => pollOf(path).live);
  useEffect(() => {
    const poll = pollOf(path);
    setLive(poll.live);
    return poll.subscribe(setLive, everyMs);
  }, [path, everyMs]);
  return live as Live<Document>;
}

/** Has a document read at once, as after it was changed from here. */
export function refreshLive(path: string): void {
  polls.get(path)?.refresh();
}

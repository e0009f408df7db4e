/**
 * What a session remembers: for each key that its requests read or wrote, the context that its
 * later requests go by (protocols.md, section 10). The client carries it, so it can be handed
 * to another process, which then goes on where this one was.
 *
 * Invariants: at most one entry of a key that the session itself read or wrote, and one that
 * it took over from values it read; least recently used first.
 *
 * The two are kept apart, since a write supersedes what its context has seen: with an entry
 * that was taken over it would drop values that nobody of this session has seen.
 */

import { CONTEXT_DOTS_MAX, type Context, includesContext, uniteContexts } from './context.ts';

/** Of a key: its bucket's number, and the hash that its contexts are sealed with. */
export interface SessionKey {
  readonly bucketNumber: number;
  readonly keyHash: bigint;
}

export interface SessionEntry extends SessionKey {
  readonly context: Context;
  /** There was no value when the session last read or wrote: knowing nothing is not older. */
  readonly absent: boolean;
  /** Taken over from a value that was read: it binds reads, and no write supersedes by it. */
  readonly readsOnly: boolean;
}

export interface SessionToken {
  readonly entries: readonly SessionEntry[];
  /** How much of this session did not fit and was forgotten, least recently used first. */
  readonly dropped: number;
  /** What it took over was not whole. */
  readonly truncated: boolean;
}

export const NEW_SESSION: SessionToken = { entries: [], dropped: 0, truncated: false };

/** What there is of a key: its own entry first. */
export function entriesOf(token: SessionToken, key: SessionKey): readonly SessionEntry[] {
  return token.entries
    .filter((entry) => isOf(entry, key))
    .sort((a, b) => Number(a.readsOnly) - Number(b.readsOnly));
}

export function ownEntry(token: SessionToken, key: SessionKey): SessionEntry | undefined {
  return token.entries.find((entry) => isOf(entry, key) && !entry.readsOnly);
}

/** As used last. */
export function touch(token: SessionToken, key: SessionKey): SessionToken {
  const rest = token.entries.filter((entry) => !isOf(entry, key));
  return { ...token, entries: [...rest, ...entriesOf(token, key)] };
}

export function forget(token: SessionToken, key: SessionKey): SessionToken {
  return { ...token, entries: token.entries.filter((entry) => !isOf(entry, key)) };
}

/**
 * Puts the entry in the place of the one there was of its key and kind, as used last. What was
 * taken over and is not beyond what the session has seen itself goes. Of more single writes
 * than a context carries the greatest stay.
 */
export function remember(token: SessionToken, entry: SessionEntry): SessionToken {
  const { dots } = entry.context;
  const excess = dots.length > CONTEXT_DOTS_MAX;
  const kept = excess
    ? { ...entry, context: { ...entry.context, dots: dots.slice(-CONTEXT_DOTS_MAX) } }
    : entry;
  const others = token.entries.filter(
    (other) => !isOf(other, entry) || other.readsOnly !== entry.readsOnly,
  );
  const { entries } = touch({ ...token, entries: [...others, kept] }, entry);
  const own = ownEntry({ ...token, entries }, entry);
  return {
    ...token,
    entries: entries.filter((other) => own === undefined || !isContained(other, own)),
    dropped: token.dropped + (excess ? 1 : 0),
  };
}

/** Both entries in one; `latest` is the later one where neither has seen less. */
export function joinEntries(earlier: SessionEntry | undefined, latest: SessionEntry): SessionEntry {
  if (earlier === undefined) return latest;
  return {
    ...latest,
    context: uniteContexts(earlier.context, latest.context),
    absent: isAbsentAfter(earlier, latest),
  };
}

/** Where each has seen what the other has not, a value of either may be there still. */
function isAbsentAfter(earlier: SessionEntry, latest: SessionEntry): boolean {
  if (includesContext(latest.context, earlier.context)) return latest.absent;
  if (includesContext(earlier.context, latest.context)) return earlier.absent;
  return earlier.absent && latest.absent;
}

/** One session out of two, such as those of two requests that ran side by side. */
export function joinTokens(a: SessionToken, b: SessionToken): SessionToken {
  const joined = b.entries.reduce(joinEntry, a);
  return {
    entries: joined.entries,
    dropped: Math.max(joined.dropped, b.dropped),
    truncated: a.truncated || b.truncated,
  };
}

/** Takes over what the writer of a value remembered, which binds this session's reads. */
export function takeOver(token: SessionToken, carried: SessionToken): SessionToken {
  const taken = carried.entries.map((entry) => ({ ...entry, readsOnly: true }));
  const { entries, dropped } = taken.reduce(joinEntry, token);
  return { entries, dropped, truncated: token.truncated || carried.truncated };
}

/** What a value carries of the session of its writer, who may have forgotten some of it. */
export function carriedOf({ entries, dropped, truncated }: SessionToken): SessionToken {
  return { entries, dropped: 0, truncated: truncated || dropped > 0 };
}

function joinEntry(token: SessionToken, entry: SessionEntry): SessionToken {
  const same = entriesOf(token, entry).find(({ readsOnly }) => readsOnly === entry.readsOnly);
  return remember(token, joinEntries(same, entry));
}

function isContained(entry: SessionEntry, own: SessionEntry): boolean {
  return isOf(entry, own) && entry.readsOnly && includesContext(own.context, entry.context);
}

function isOf(entry: SessionKey, { bucketNumber, keyHash }: SessionKey): boolean {
  return entry.keyHash === keyHash && entry.bucketNumber === bucketNumber;
}

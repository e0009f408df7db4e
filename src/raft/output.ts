/**
 * Gathers what accumulated since the last time into one `Effects` (etcd's Ready).
 *
 * Invariant: `hasOutput` is true exactly when `takeOutput` would give something to do.
 */

import { type Core, hardStateOf } from './core.ts';
import type { Effects, Envelope, Persist } from './effects.ts';
import type { Entry } from './entry.ts';
import { beginRound } from './reads.ts';
import { hasAppends, sendAppends } from './sending.ts';

/** Of entries that are handed out to be applied in one turn; at least one. */
export const COMMITTED_BYTES_MAX = 1024 * 1024;

export function hasOutput(core: Core): boolean {
  const { role, disk, log } = core;
  if (role.name === 'leader') {
    if (role.beatDue || role.reads.needsRound || hasAppends(core, role)) return true;
  }
  return (
    !core.outbox.isEmpty ||
    disk.needsWrite(hardStateOf(core), log) ||
    core.restore !== undefined ||
    lastToApply(core) > core.handedOut ||
    core.readsReady.length + core.readsLost.length + core.snapshotsWanted.length > 0
  );
}

export function takeOutput(core: Core): Effects {
  if (core.role.name === 'leader') {
    beginRound(core, core.role);
    sendAppends(core, core.role);
  }
  const { persist, messages } = takeOutgoing(core);
  const { restore, readsReady, readsLost, snapshotsWanted } = core;
  core.restore = undefined;
  core.readsReady = [];
  core.readsLost = [];
  core.snapshotsWanted = [];
  const committed = takeCommitted(core);
  return { persist, messages, restore, committed, readsReady, readsLost, snapshotsWanted };
}

function takeOutgoing(core: Core): {
  readonly persist: Persist | undefined;
  readonly messages: readonly Envelope[];
} {
  const { disk, log, outbox, term } = core;
  const state = hardStateOf(core);
  const needsWrite = disk.needsWrite(state, log);
  const { atOnce, afterWrite } = outbox.take(disk.isTermDurable(term), disk.isIdle && !needsWrite);
  const writes = needsWrite || afterWrite.length > 0;
  const persist = writes ? disk.nextWrite(state, log, afterWrite) : undefined;
  return { persist, messages: atOnce };
}

/** What is committed is applied only when it is on this disk too, so that a restart finds it. */
function lastToApply(core: Core): number {
  if (core.disk.isInstalling) return core.handedOut;
  return Math.min(core.log.commit, core.disk.durable);
}

function takeCommitted(core: Core): readonly Entry[] {
  const last = lastToApply(core);
  if (last <= core.handedOut) return [];
  const entries = core.log.slice(core.handedOut + 1, last, COMMITTED_BYTES_MAX);
  core.handedOut += entries.length;
  return entries;
}

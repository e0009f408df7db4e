/**
 * Gets what a write made of an object to one node, for one place. Where a round of reaping began
 * since the object was read, it is read again and sent as it is then.
 */

import type { NodeId } from '../kernel/names.ts';
import { spanned } from '../kernel/trace.ts';
import {
  type CarriedState,
  hintRequest,
  STORE_HINT,
  STORE_OBJECT,
  storeRequest,
} from '../replica/messages.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { Environment } from './environment.ts';
import { abreastOf, isStaleReap } from './reading-again.ts';

export interface Sending {
  readonly write: CarriedState;
  /** The write as it is known here by now: see local-copy.ts. */
  readonly readAgain: () => CarriedState | undefined;
}

/**
 * Resolves when the node has the object on disk, with the reap number under which it was sent.
 * @param deadline in `clock.now()`
 */
export async function sendObject(
  env: Environment,
  plan: KeyPlan,
  { write, readAgain }: Sending,
  to: { readonly node: NodeId; readonly place: NodeId },
  deadline: number,
): Promise<number> {
  let state = write;
  for (;;) {
    try {
      await sendState(env, plan, state, to, deadline);
      return state.reap;
    } catch (error) {
      if (!isStaleReap(error)) throw error;
      if (!(await abreastOf(env, plan, error, deadline))) throw error;
      const again = readAgain();
      if (again === undefined || again.reap <= state.reap) throw error;
      state = again;
    }
  }
}

function sendState(
  env: Environment,
  plan: KeyPlan,
  state: CarriedState,
  { node, place }: { readonly node: NodeId; readonly place: NodeId },
  deadline: number,
): Promise<void> {
  const span = plan.trace?.begin(node === place ? 'store' : 'hint', node, place);
  return spanned(span, carryState(env, plan, state, { node, place }, deadline));
}

async function carryState(
  { self, clock, transport, replica, fallback, roundTrips }: Environment,
  { address }: KeyPlan,
  state: CarriedState,
  { node, place }: { readonly node: NodeId; readonly place: NodeId },
  deadline: number,
): Promise<void> {
  if (node === self) {
    return place === self ? replica.store(address, state) : fallback.store(place, address, state);
  }
  if (node === place) {
    const startedAt = clock.now();
    await transport.call(node, STORE_OBJECT, storeRequest(address, state), { deadline });
    roundTrips.wrote(node, startedAt);
  } else {
    await transport.call(node, STORE_HINT, hintRequest(address, state, place), { deadline });
  }
}

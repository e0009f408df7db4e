/**
 * Whoever was cut off for longer than the dead are gossiped to would stay dead for the others,
 * and they for it, for ever (memberlist #222). So every member goes on trying, calmly, to
 * exchange all with one that is dead here or was never heard; while it is alone, more often.
 * Joining is the same thing: at the start nobody was heard yet.
 */

import type { Core } from './core.ts';
import type { MemberNo } from './message.ts';
import { sendAll } from './push-pull.ts';
import { sample } from './sample.ts';

/** Tried at once by a member that is alone. */
const TRIED_ALONE = 3;

export function rejoin(core: Core): void {
  const { due, members, options, time } = core;
  if (due.rejoinMs > time.nowMs) return;
  const isAlone = members.reachable === 1;
  // Not all at once, though all may have been cut off at once.
  const pauseMs = (0.5 + options.random()) * options.rejoinIntervalMs;
  due.rejoinMs = time.nowMs + (isAlone ? options.probeIntervalMs : pauseMs);
  for (const no of sample(lost(core), isAlone ? TRIED_ALONE : 1, options.random)) {
    sendAll(core, no, false);
  }
}

/** Strangers that died are not tried, and whoever left comes back by itself. */
function lost(core: Core): readonly MemberNo[] {
  const { members, options, seeds } = core;
  const lostMembers = members.numbersWhere(
    ({ inRoster, state }) => inRoster && (state === 'dead' || state === 'unheard'),
  );
  const lostSeeds = seeds.filter((no) => no !== options.self && members.get(no) === undefined);
  return [...lostMembers, ...lostSeeds];
}

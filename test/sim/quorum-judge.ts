/** Whether those who were counted for an answer are those who were asked for. */

import type { QuorumReport } from '../../src/node/index.ts';

export interface Asked {
  readonly needed: number;
  readonly ofPrimaries: number;
  /** Fallbacks may be among them. */
  readonly sloppy: boolean;
}

export interface Judgement {
  readonly primaries: number;
  readonly fallbacks: number;
  /** What is wrong; undefined: nothing. */
  readonly fault: string | undefined;
}

export function judgeQuorum({ reached, standIns }: QuorumReport, asked: Asked): Judgement {
  const fallbacks = reached.filter((node) => Object.hasOwn(standIns, node)).length;
  const primaries = reached.length - fallbacks;
  const nodes = new Set(reached).size;
  const places = new Set(reached.map((node) => standIns[node] ?? node)).size;
  const isMet = Math.min(nodes, places) >= asked.needed && primaries >= asked.ofPrimaries;
  const isAllowed = asked.sloppy || fallbacks === 0;
  if (isMet && isAllowed) return { primaries, fallbacks, fault: undefined };
  const counted = `${reached.join()} (${JSON.stringify(standIns)})`;
  return { primaries, fallbacks, fault: `${counted} were counted for ${JSON.stringify(asked)}` };
}

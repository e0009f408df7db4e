/** What brings replicas together, each on or off. */

import type { ReturnRound } from './return-round.ts';

export interface Mechanisms {
  readonly hints: boolean;
  readonly readRepair: boolean;
  readonly antiEntropy: boolean;
}

export interface VariantRound {
  readonly on: Mechanisms;
  readonly round: ReturnRound;
}

/** Those that are on. */
export function mechanismsText({ hints, readRepair, antiEntropy }: Mechanisms): string {
  const on = [
    ...(hints ? ['hints'] : []),
    ...(readRepair ? ['read repair'] : []),
    ...(antiEntropy ? ['anti-entropy'] : []),
  ];
  return on.length === 0 ? 'none' : on.join(' + ');
}

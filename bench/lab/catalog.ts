/** All experiments, in the order in which they are listed and run. */

import { apVsCp } from './ap-vs-cp/ap-vs-cp.ts';
import type { Experiment } from './experiment.ts';
import { price } from './price/price.ts';
import { ycsb } from './ycsb/ycsb.ts';

export const EXPERIMENTS: readonly Experiment[] = [price, ycsb, apVsCp];

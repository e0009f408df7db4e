import { SeededRandom } from '../../src/sim/seeded-random.ts';
import { randomContract } from './random-contract.ts';

randomContract('a seed', () => new SeededRandom(7));

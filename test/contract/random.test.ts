import { systemRandom } from '../../src/adapters/system-random.ts';
import { randomContract } from './random-contract.ts';

randomContract('the system', () => systemRandom);

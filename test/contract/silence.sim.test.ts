import { silenceContract } from './silence-contract.ts';
import { linkFixture } from './transport-links.ts';

silenceContract('simulated links', linkFixture);

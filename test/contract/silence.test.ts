import { silenceContract } from './silence-contract.ts';
import { socketFixture } from './transport-sockets.ts';

silenceContract('peer sockets', () => socketFixture());

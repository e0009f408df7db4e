import { transportContract } from './transport-contract.ts';
import { socketFixture } from './transport-sockets.ts';

transportContract('peer sockets', () => socketFixture());

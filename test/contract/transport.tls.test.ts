/** Over mutual TLS, sockets keep the same contracts. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { CertificateAuthority } from '../../cluster/certificates.ts';
import { type LiveCredentials, openCredentials } from '../../src/adapters/tls/credentials.ts';
import { silenceContract } from './silence-contract.ts';
import { transportContract } from './transport-contract.ts';
import { TestLogger } from './transport-nodes.ts';
import { socketFixture } from './transport-sockets.ts';

let directory: string;
let credentials: LiveCredentials;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorate-contract-'));
  const authority = await CertificateAuthority.create();
  const files = await authority.writeInto(directory);
  credentials = openCredentials('test certificate', files, new TestLogger());
});

afterAll(async () => {
  credentials.close();
  await rm(directory, { recursive: true });
});

const fixture = () => socketFixture(undefined, { credentials });
transportContract('peer sockets over TLS', fixture);
silenceContract('peer sockets over TLS', fixture);

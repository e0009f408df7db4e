/** Which certificates of other members a node trusts at their client ports. */

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  CertificateAuthority,
  type CertificateFiles,
  type IssuedCertificate,
} from '../../../cluster/certificates.ts';
import { waitFor } from '../../../cluster/wait-for.ts';
import { type LiveCredentials, openCredentials } from '../../../src/adapters/tls/credentials.ts';
import { memberTrust } from '../../../src/adapters/tls/member-trust.ts';
import { TestLogger } from '../../contract/transport-nodes.ts';

let directory: string;
let authority: CertificateAuthority;
let other: CertificateAuthority;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'quorate-trust-'));
  authority = await CertificateAuthority.create();
  other = await CertificateAuthority.create('elsewhere');
});

afterAll(() => rmSync(directory, { recursive: true }));

let folders = 0;

function filesOf(from: CertificateAuthority): Promise<CertificateFiles> {
  return from.writeInto(join(directory, String(folders++)));
}

function live({ cert, key }: CertificateFiles, ca?: string): LiveCredentials {
  const credentials = openCredentials(
    'certificate',
    { cert, key, ...(ca && { ca }) },
    new TestLogger(),
  );
  onTestFinished(() => credentials.close());
  return credentials;
}

/** What becomes of a request to a member with this certificate. */
async function asks(trust: SecureContext, { cert, key }: IssuedCertificate): Promise<string> {
  const server = createServer({ cert, key }, (_, outgoing) => outgoing.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new Promise<string>((resolve) => {
    const agent = new Agent({ secureContext: trust });
    const call = request({ host: '127.0.0.1', port, agent });
    call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.on('response', (response) => {
      response.resume();
      resolve('answered');
    });
    call.end();
  }).finally(() => server.close());
}

describe('a member', () => {
  it('is trusted whose authority stands behind this node’s own certificate', async () => {
    const files = await filesOf(authority);
    appendFileSync(files.cert, `\n${authority.pem}`);
    const trust = memberTrust(live(files), undefined);
    expect(await asks(trust(), await authority.issue())).toBe('answered');
    expect(await asks(trust(), await other.issue())).not.toBe('answered');
  });

  it('is trusted whose authority is that of the nodes among themselves', async () => {
    const files = await filesOf(other);
    const trust = memberTrust(live(files), live(files, (await filesOf(authority)).ca));
    expect(await asks(trust(), await authority.issue())).toBe('answered');
    expect(await asks(trust(), await other.issue())).not.toBe('answered');
  });

  it('is trusted that has the same certificate as this node', async () => {
    const files = await filesOf(authority);
    const { options } = live(files).current;
    const trust = memberTrust(live(files), undefined);
    const same = { cert: String(options.cert), key: String(options.key) };
    expect(await asks(trust(), same)).toBe('answered');
  });

  it('is not trusted whose certificate is for another host', async () => {
    const files = await filesOf(authority);
    const trust = memberTrust(live(files), live(files, files.ca));
    const elsewhere = await authority.issue({ hosts: ['n2.example.net'] });
    expect(await asks(trust(), elsewhere)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is trusted as soon as the files say so', async () => {
    const files = await filesOf(authority);
    const trust = memberTrust(live(files), undefined);
    expect(trust()).toBe(trust());
    expect(await asks(trust(), await authority.issue())).not.toBe('answered');
    appendFileSync(files.cert, `\n${authority.pem}`);
    await waitFor('the authority to be trusted', 20_000, async () => {
      return (await asks(trust(), await authority.issue())) === 'answered';
    });
  });
});

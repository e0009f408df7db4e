/** Mutual TLS between nodes: who gets to speak to whom, beside and before the handshake. */

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CertificateAuthority, type CertificateOptions } from '../../../cluster/certificates.ts';
import { createIntroducer } from '../../../src/adapters/peer/introduction.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { type LiveCredentials, openCredentials } from '../../../src/adapters/tls/credentials.ts';
import { callType } from '../../../src/ports/transport.ts';
import { loopback, TestLogger, type TestNode, testNode } from '../../contract/transport-nodes.ts';

const ECHO = callType<unknown, unknown>('test.echo', 'data');
const PATIENCE = { timeout: 20_000, interval: 20 };

let directory: string;
let ours: CertificateAuthority;
let theirs: CertificateAuthority;
let written = 0;
const opened: (() => unknown)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorate-peer-tls-'));
  ours = await CertificateAuthority.create('ours');
  theirs = await CertificateAuthority.create('theirs');
});
afterAll(() => rm(directory, { recursive: true }));
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A certificate of the one authority, and trust in ours. */
async function credentialsOf(
  authority: CertificateAuthority,
  options: CertificateOptions = {},
): Promise<LiveCredentials> {
  const folder = join(directory, String(written++));
  const files = await authority.writeInto(folder, options);
  await writeFile(files.ca, ours.pem);
  const credentials = openCredentials('test certificate', files, new TestLogger());
  opened.push(() => credentials.close());
  return credentials;
}

/** Node b, which answers; node a, which calls it. */
async function pair(
  b: LiveCredentials | undefined,
  a: LiveCredentials | undefined,
  secrets: { readonly a?: string; readonly b?: string } = {},
): Promise<{ a: TestNode; b: TestNode }> {
  const optionsOf = (credentials: LiveCredentials | undefined, secret: string | undefined) => ({
    ...(credentials && { credentials }),
    ...(secret !== undefined && { secret }),
  });
  const called = testNode('b', optionsOf(b, secrets.b));
  opened.push(() => called.transport.close());
  called.transport.serve(ECHO, (body) => body);
  called.transport.serveIntroductions(async (request) => request);
  await called.transport.start();
  const peers = new Map([['b', loopback(called.transport.port)]]);
  const caller = testNode('a', { ...optionsOf(a, secrets.a), peers });
  opened.push(() => caller.transport.close());
  await caller.transport.start();
  return { a: caller, b: called };
}

const call = ({ transport }: TestNode, body: unknown = 'hello') =>
  transport.call('b', ECHO, body, { deadline: systemClock.now() + 10_000 });

const introduce = (to: TestNode, credentials: LiveCredentials | undefined) =>
  createIntroducer({ clock: systemClock, ...(credentials && { credentials }) }).introduce(
    loopback(to.transport.port),
    { name: 'c' },
    { deadline: systemClock.now() + 10_000 },
  );

const keptOut = ({ metrics }: TestNode) => metrics.counts.get('peer_kept_out_total{}') ?? 0;

describe('nodes with certificates of one authority', () => {
  it('speak to each other, and let others introduce themselves', async () => {
    const { a, b } = await pair(await credentialsOf(ours), await credentialsOf(ours));
    expect(await call(a)).toBe('hello');
    const large = Buffer.alloc(4 * 1024 * 1024, 'x');
    expect(Buffer.from((await call(a, large)) as Uint8Array).equals(large)).toBe(true);
    expect(await introduce(b, await credentialsOf(ours))).toEqual({ name: 'c' });
    expect(keptOut(b)).toBe(0);
  });

  it('prove their secret besides', async () => {
    const both = await pair(await credentialsOf(ours), await credentialsOf(ours), {
      a: 'secret',
      b: 'secret',
    });
    expect(await call(both.a)).toBe('hello');
    const one = await pair(await credentialsOf(ours), await credentialsOf(ours), {
      a: 'wrong',
      b: 'secret',
    });
    await expect(call(one.a)).rejects.toThrow('another cluster secret');
  });
});

describe('a caller', () => {
  it('with a foreign certificate is refused, told why, logged and counted', async () => {
    const { a, b } = await pair(await credentialsOf(ours), await credentialsOf(theirs));
    await expect(call(a)).rejects.toThrow(/refused \(403\): the certificate of the caller is none/);
    expect(keptOut(b)).toBeGreaterThan(0);
    const lines = b.logger.lines.filter(({ event }) => event === 'peer kept out');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'warn', fields: { address: '127.0.0.1' } });
    await expect(introduce(b, await credentialsOf(theirs))).rejects.toThrow(
      /cannot be asked for admission: it refused \(403\): the certificate of the caller/,
    );
  });

  it('with an expired certificate is refused', async () => {
    const expired = await credentialsOf(ours, { daysLeft: -1 });
    const { a } = await pair(await credentialsOf(ours), expired);
    await expect(call(a)).rejects.toThrow(/refused \(403\): .*CERT_HAS_EXPIRED/);
  });

  it('that speaks no TLS is refused', async () => {
    const { a, b } = await pair(await credentialsOf(ours), undefined);
    await expect(call(a)).rejects.toThrow(/refused \(400\): this port speaks TLS only/);
    await expect(introduce(b, undefined)).rejects.toThrow(/\(400\): this port speaks TLS only/);
    expect(keptOut(b)).toBeGreaterThan(0);
  });
});

describe('a node that is called', () => {
  it('and has a foreign certificate is not spoken to', async () => {
    const { a, b } = await pair(await credentialsOf(theirs), await credentialsOf(ours));
    await expect(call(a)).rejects.toThrow(/unable to|self.signed/);
    await expect(introduce(b, await credentialsOf(ours))).rejects.toThrow(/no TLS with it/);
  });

  it('and has the certificate of another host is not spoken to', async () => {
    const elsewhere = await credentialsOf(ours, { hosts: ['192.0.2.1', 'elsewhere.test'] });
    const { a, b } = await pair(elsewhere, await credentialsOf(ours));
    await expect(call(a)).rejects.toThrow("IP: 127.0.0.1 is not in the cert's list");
    await expect(introduce(b, await credentialsOf(ours))).rejects.toThrow('127.0.0.1 is not in');
  });

  it('and speaks no TLS is not spoken to', async () => {
    const { a, b } = await pair(undefined, await credentialsOf(ours));
    await expect(call(a)).rejects.toThrow(/wrong version|packet length|EPROTO/i);
    await expect(introduce(b, await credentialsOf(ours))).rejects.toThrow(/no TLS with it/);
  });
});

describe('a certificate that is replaced', () => {
  it('is shown from then on, and trusted by the authority that is in force then', async () => {
    const folder = join(directory, 'replaced');
    const files = await theirs.writeInto(folder);
    await writeFile(files.ca, ours.pem);
    const logger = new TestLogger();
    const credentials = openCredentials('test certificate', files, logger);
    opened.push(() => credentials.close());
    const { a } = await pair(await credentialsOf(ours), credentials);
    await expect(call(a)).rejects.toThrow(/refused \(403\)/);
    const { cert, key } = await ours.issue();
    for (const [path, content] of [
      [files.key, key],
      [files.cert, cert],
    ] as const) {
      await writeFile(`${path}.new`, content, { mode: 0o600 });
      await rename(`${path}.new`, path);
    }
    await vi.waitFor(async () => expect(await call(a)).toBe('hello'), PATIENCE);
    expect(logger.lines.some(({ event }) => event === 'changed file taken')).toBe(true);
  });
});

describe('a node that stops', () => {
  it('does not wait for callers that never began', async () => {
    const { b } = await pair(await credentialsOf(ours), await credentialsOf(ours));
    const silent = connect(b.transport.port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const startedAt = systemClock.now();
    await b.transport.close();
    expect(systemClock.now() - startedAt).toBeLessThan(2_000);
    silent.destroy();
  });
});

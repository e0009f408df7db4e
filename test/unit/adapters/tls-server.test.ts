/** An HTTPS server whose certificate follows its files, as clients and strangers meet it. */

import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect as connectSecurely, type TLSSocket } from 'node:tls';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CertificateAuthority, type CertificateFiles } from '../../../cluster/certificates.ts';
import { type LiveCredentials, openCredentials } from '../../../src/adapters/tls/credentials.ts';
import { tlsServers } from '../../../src/adapters/tls/tls-server.ts';
import { TestLogger } from '../../contract/transport-nodes.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

let directory: string;
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
let files: CertificateFiles;
const logger = new TestLogger();
const opened: (() => unknown)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorate-tls-'));
  [authority, stranger] = await Promise.all([
    CertificateAuthority.create('ours'),
    CertificateAuthority.create('theirs'),
  ]);
  files = await authority.writeInto(join(directory, 'server'));
});
afterAll(() => rm(directory, { recursive: true }));
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

interface Served {
  readonly port: number;
  readonly server: Server;
  readonly credentials: LiveCredentials;
  readonly refused: string[];
}

async function serve(
  mutual = false,
  from: CertificateFiles = files,
  handshakesMax = 100,
): Promise<Served> {
  const credentials = openCredentials('test certificate', from, logger);
  opened.push(() => credentials.close());
  const refused: string[] = [];
  const onRefused = (_: string, reason: string) => void refused.push(reason);
  const createServer = tlsServers({ credentials, mutual, handshakesMax, onRefused });
  const server = createServer({}, (_, response) => response.end('served'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { port: (server.address() as AddressInfo).port, server, credentials, refused };
}

async function ask(port: number, options: ConnectionOptions = {}): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: authority.pem, ...options } as object });
  try {
    const answer = await request(`https://127.0.0.1:${port}/`, { dispatcher });
    return `${answer.statusCode} ${await answer.body.text()}`;
  } finally {
    await dispatcher.close();
  }
}

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    (error: NodeJS.ErrnoException) => error.code,
  );

async function plain(port: number, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(sent);
  return text(socket).catch(() => 'broken');
}

describe('a TLS port', () => {
  it('serves who trusts its authority, and nobody who does not', async () => {
    const { port } = await serve();
    expect(await ask(port)).toBe('200 served');
    expect(await codeOf(ask(port, { ca: stranger.pem }))).toMatch(/UNABLE_TO|SELF_SIGNED/);
  });

  it('tells plain HTTP so, and does not serve it', async () => {
    const { port, refused } = await serve();
    const answer = await plain(
      port,
      'PUT /kv/b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nv',
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('this port speaks TLS only');
    expect(answer).not.toContain('served');
    expect(refused).toHaveLength(1);
    expect(await ask(port)).toBe('200 served');
  });

  it('closes on what is neither', async () => {
    const { port } = await serve();
    expect(await plain(port, '\0\0\0\0')).toMatch(/^(broken)?$/);
    expect(await plain(port, '\x16\x09\x09\0\x05hello')).not.toContain('HTTP');
    expect(await ask(port)).toBe('200 served');
  });

  it('refuses versions of TLS before 1.2', async () => {
    const { port } = await serve();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await codeOf(ask(port, old))).toMatch(/PROTOCOL_VERSION|EPROTO/);
    expect(await ask(port, { maxVersion: 'TLSv1.2' })).toBe('200 served');
  });

  it('closes at once, with connections that never began', async () => {
    const { server, port } = await serve();
    const silent = connect(port, '127.0.0.1').on('error', () => {});
    const halfway = connect(port, '127.0.0.1').on('error', () => {});
    halfway.write('\x16\x03\x01');
    await vi.waitFor(async () => {
      const count = await new Promise((resolve) => server.getConnections((_, n) => resolve(n)));
      expect(count).toBe(2);
    }, PATIENCE);
    const closed = once(server, 'close');
    server.close();
    await closed;
    silent.destroy();
    halfway.destroy();
  });
});

describe('who is refused', () => {
  /** Longer than anybody is given to read why, on a busy machine. */
  const CUT_OFF_MS_MAX = 8_000;

  /** Never ends the connection by itself, and goes on to say something. */
  function stubborn(socket: Socket): Promise<unknown> {
    const talking = setInterval(() => socket.write('x'), 50);
    opened.push(() => void socket.destroy());
    socket.on('error', () => {}).resume();
    return new Promise((resolve) => socket.on('close', resolve)).finally(() =>
      clearInterval(talking),
    );
  }

  it('for speaking plain HTTP is cut off, whatever else it says', async () => {
    const { port } = await serve();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('PUT /kv/b/k HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n');
    const began = performance.now();
    await stubborn(socket);
    expect(performance.now() - began).toBeLessThan(CUT_OFF_MS_MAX);
  });

  it('for the certificate is cut off, whatever else it says', async () => {
    const { port, refused } = await serve(true);
    const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const socket = connectSecurely({
      ...{ socket: raw, host: '127.0.0.1', ca: authority.pem, allowHalfOpen: true },
      ...(await stranger.issue()),
    });
    const began = performance.now();
    await stubborn(socket);
    expect(performance.now() - began).toBeLessThan(CUT_OFF_MS_MAX);
    expect(refused).toHaveLength(1);
  });
});

describe('handshakes', () => {
  it('that do not end give way to others', async () => {
    const { port, refused, server } = await serve(false, files, 3);
    const closed: number[] = [];
    for (let i = 0; i < 5; i++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      opened.push(() => void socket.destroy());
      socket.on('close', () => closed.push(i)).resume();
      // A hello that is longer than what comes of it.
      socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0]));
      await once(server, 'connection');
    }
    await vi.waitFor(() => expect(closed.toSorted()).toEqual([0, 1]), PATIENCE);
    expect(await ask(port)).toBe('200 served');
    await vi.waitFor(() => expect(closed.toSorted()).toEqual([0, 1, 2]), PATIENCE);
    expect(refused).toHaveLength(3);
  });

  it('that have ended count for nothing', async () => {
    const { port, refused } = await serve(false, files, 2);
    for (let i = 0; i < 6; i++) {
      const socket = connectSecurely({ host: '127.0.0.1', port, ca: authority.pem });
      opened.push(() => void socket.destroy());
      await once(socket, 'secureConnect');
    }
    expect(refused).toEqual([]);
  });
});

describe('a certificate', () => {
  it('that has expired is refused by clients', async () => {
    const expired = await authority.writeInto(join(directory, 'expired'), { daysLeft: -1 });
    const { port } = await serve(false, expired);
    expect(await codeOf(ask(port))).toBe('CERT_HAS_EXPIRED');
    expect(logger.reasons('certificate not valid').join()).toContain('cert.pem expired at');
  });

  it('for another host is refused by clients', async () => {
    const other = await authority.writeInto(join(directory, 'other'), { hosts: ['192.0.2.1'] });
    const { port } = await serve(false, other);
    expect(await codeOf(ask(port))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is taken anew when its files change, and a bad one is not', async () => {
    const folder = join(directory, 'changing');
    const changing = await authority.writeInto(folder);
    const { port } = await serve(false, changing);
    const serials = async () => (await peerCertificate(port)).serialNumber;
    const first = await serials();

    await writeFile(changing.cert, 'no certificate');
    await vi.waitFor(() => {
      const reasons = logger.reasons('changed file not taken').join();
      expect(reasons).toContain('holds no certificate in PEM form');
    }, PATIENCE);
    expect(await serials()).toBe(first);

    const { cert: expired, key: expiredKey } = await authority.issue({ daysLeft: -1 });
    await writeFile(changing.key, expiredKey);
    await replace(changing.cert, expired);
    await vi.waitFor(() => {
      expect(logger.reasons('changed file not taken').join()).toContain('expired at');
    }, PATIENCE);
    expect(await serials()).toBe(first);

    const { cert, key } = await authority.issue();
    await replace(changing.key, key);
    await replace(changing.cert, cert);
    await vi.waitFor(async () => expect(await serials()).not.toBe(first), PATIENCE);
    expect(await ask(port)).toBe('200 served');
  });

  it.each([
    ['no file', { cert: '/nowhere/cert.pem' }, '/nowhere/cert.pem cannot be read: ENOENT'],
    ['a key that is another one', 'key', 'are no certificate and its key'],
    ['a key that everybody may read', 'mode', 'is open to everybody on this machine'],
  ])('with %s is not opened', async (_, change, reason) => {
    const folder = await authority.writeInto(join(directory, 'wrong'));
    if (change === 'key') await writeFile(folder.key, (await authority.issue()).key);
    if (change === 'mode') {
      await rm(folder.key);
      await writeFile(folder.key, (await authority.issue()).key, { mode: 0o644 });
    }
    const wrong = typeof change === 'string' ? folder : { ...folder, ...change };
    expect(() => openCredentials('test certificate', wrong, logger)).toThrow(reason);
  });
});

describe('a port that asks callers for certificates', () => {
  it('serves those of its authority only, and tells the others why', async () => {
    const { port, refused } = await serve(true);
    expect(await ask(port, await authority.issue())).toBe('200 served');
    expect(refused).toEqual([]);
    expect(await ask(port)).toMatch(/^403 the certificate of the caller/);
    expect(await ask(port, await stranger.issue())).toMatch(/^403 .*(UNABLE_TO|SELF_SIGNED)/);
    expect(await ask(port, await authority.issue({ daysLeft: -1 }))).toMatch(/^403 .*EXPIRED/);
    expect(refused).toHaveLength(3);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'takes no session of %s that began without one',
    async (version) => {
      const { port } = await serve(true);
      const versions = { minVersion: version, maxVersion: version };
      const begun = handshake(port, versions);
      let session: Buffer | undefined;
      begun.on('session', (ticket) => {
        session = ticket;
      });
      expect(await text(begun)).toMatch(/^HTTP\/1.1 403 /);
      const resumed = handshake(port, { ...versions, ...(session && { session }) });
      resumed.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      expect(await text(resumed)).toMatch(/^HTTP\/1.1 403 /);
    },
  );

  function handshake(port: number, options: ConnectionOptions): TLSSocket {
    const socket = connectSecurely({ host: '127.0.0.1', port, ca: authority.pem, ...options });
    return socket.on('error', () => {});
  }
});

async function peerCertificate(port: number) {
  const socket = connectSecurely({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

/** As tools do that must not leave half a file. */
async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Real nodes behind TLS and tokens: the doors as clients, commands and other nodes meet them. */

import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CertificateAuthority, type CertificateFiles } from '../../cluster/certificates.ts';
import { freePorts } from '../../cluster/free-ports.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { changeTokens, newToken } from '../../src/adapters/tokens-file.ts';
import type { ConnectionOptions } from '../../src/client/connection.ts';
import { NodeClient } from '../../src/client/http-client.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import { joinAs, quorate, refusalOf, testDirectory, testNode } from './harness.ts';

/** Well over the time between two looks at the files. */
const TAKEN_MS_MAX = 20_000;

interface Doors {
  readonly directory: string;
  readonly authority: CertificateAuthority;
  readonly files: CertificateFiles;
  readonly tokensFile: string;
  /** By name; every one that was ever made. */
  readonly tokens: Map<string, string>;
  readonly startOptions: readonly string[];
}

async function makeDoors(directory: string): Promise<Doors> {
  const authority = await CertificateAuthority.create();
  const files = await authority.writeInto(join(directory, 'tls'));
  const tokensFile = join(directory, 'tokens.json');
  const peerTls = ['--peer-tls-cert', files.cert, '--peer-tls-key', files.key];
  const startOptions = [
    ...['--tls-cert', files.cert, '--tls-key', files.key, '--tokens-file', tokensFile],
    ...[...peerTls, '--peer-tls-ca', files.ca, '--log-level', 'debug'],
  ];
  return { directory, authority, files, tokensFile, tokens: new Map(), startOptions };
}

/** Returns the token. */
async function addToken(doors: Doors, grant: Grant): Promise<string> {
  const { token, stored } = newToken(grant, new Date());
  changeTokens(doors.tokensFile, (tokens) => [...tokens, stored]);
  await keepToken(doors, grant.name, token);
  return token;
}

async function keepToken({ directory, tokens }: Doors, name: string, token: string): Promise<void> {
  await writeFile(join(directory, name), `${token}\n`, { mode: 0o600 });
  tokens.set(name, token);
}

const accessWith = ({ authority }: Doors, token?: string): ConnectionOptions => ({
  token,
  tls: { ca: authority.pem },
});

describe('a cluster behind TLS and tokens', () => {
  let doors: Doors;
  let cluster: LocalCluster;

  beforeAll(async () => {
    doors = await makeDoors(await mkdtemp(join(tmpdir(), 'quorate-doors-')));
    const admin = await addToken(doors, { name: 'admin', role: 'admin', prefixes: [] });
    await addToken(doors, { name: 'cart', role: 'write', prefixes: ['cart-', 'basket-'] });
    await addToken(doors, { name: 'reader', role: 'read', prefixes: [] });
    cluster = await startCluster({
      nodes: 3,
      partitions: 8,
      startOptions: doors.startOptions,
      access: accessWith(doors, admin),
    });
  });

  afterAll(async () => {
    await cluster.kill();
    await rm(doors.directory, { recursive: true, force: true });
  });

  /** A command as the bearer of a token sends it. */
  const as = (name: string, ...args: string[]) => {
    const door = ['--ca', doors.files.ca, '--token-file', join(doors.directory, name)];
    return quorate([...args, '--node', cluster.node('n1').url, ...door]);
  };

  const clientWith = (token?: string) =>
    new NodeClient(cluster.node('n2').url, accessWith(doors, token));

  it('serves who shows a token for the bucket, on every node', async () => {
    const client = clientWith(doors.tokens.get('cart'));
    await client.put('cart-a', 'k', 'v');
    const { values } = await client.get('cart-a', 'k');
    expect(values.map(({ value }) => Buffer.from(value).toString())).toEqual(['v']);
    await client.close();
  });

  it.each([
    ['no token', undefined, 'unauthenticated'],
    ['a token that nobody was given', `qrt_${'A'.repeat(43)}`, 'unauthenticated'],
    ['the wrong role', 'reader', 'forbidden'],
    ['the wrong prefix', 'cart', 'forbidden'],
  ])('refuses %s', async (_, token, code) => {
    if (token?.startsWith('qrt_')) doors.tokens.set('unknown', token);
    const client = clientWith(token && (doors.tokens.get(token) ?? token));
    expect(await refusalOf(client.put('other', 'k', 'v'))).toMatchObject({ code, definite: true });
    await client.close();
  });

  it('is open to probes', async () => {
    const { statusCode } = await fetchSecurely('/readyz');
    expect(statusCode).toBe(200);
    expect((await fetchSecurely('/metrics')).statusCode).toBe(401);
  });

  it('tells plain HTTP that it speaks TLS', async () => {
    const answer = await request(cluster.node('n1').url.replace('https', 'http'));
    expect(answer.statusCode).toBe(400);
    expect(await answer.body.text()).toContain('this port speaks TLS only');
    const peer = await request(`http://${cluster.node('n1').peerAddress}/peer/introduction`);
    expect(peer.statusCode).toBe(400);
  });

  it('lets commands in by --token-file, also at the members they go on to', async () => {
    const put = await as('cart', 'put', 'cart-a', 'by-command', 'value');
    expect(put).toMatchObject({ code: 0 });
    expect(await as('reader', 'get', 'cart-a', 'by-command')).toMatchObject({ stdout: 'value' });
    expect(await as('reader', 'status')).toMatchObject({ code: 0 });
    const hints = await as('reader', 'hints', '--json');
    expect(JSON.parse(hints.stdout)).toHaveLength(3);
    expect((await as('reader', 'put', 'cart-a', 'k', 'v')).stderr).toMatch(
      /^error: this needs role write for bucket "cart-a"; .* \(forbidden\)\n$/,
    );
    expect((await as('admin', 'tombstones', '--json')).code).toBe(0);
    expect((await as('admin', 'raft', 'status', '--json')).code).toBe(0);
    const top = await as('reader', 'top', '--once', '--every', '200', '--json');
    const { nodes } = JSON.parse(top.stdout);
    expect(nodes.map(({ state }: { state: string }) => state)).toEqual(['ready', 'ready', 'ready']);
  });

  it('is measured by quorate bench, as the bearer of a token', async () => {
    const load = ['--duration', '1', '--concurrency', '4', '--rate', '50'];
    const measured = await as('cart', 'bench', ...load, '--bucket', 'cart-a', '--json');
    const none = { failed: 0 };
    expect(JSON.parse(measured.stdout)).toMatchObject({ reads: none, writes: none });
    const refused = await as('reader', 'bench', ...load, '--bucket', 'cart-a');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('status 403');
  });

  it('lets commands in by QUORATE_TOKEN_FILE and QUORATE_CA', async () => {
    vi.stubEnv('QUORATE_TOKEN_FILE', join(doors.directory, 'reader'));
    const ask = ['status', '--node', cluster.node('n1').url];
    const found = await quorate([...ask, '--ca', doors.files.ca]);
    vi.stubEnv('QUORATE_CA', doors.files.ca);
    const foundToo = await quorate(ask);
    vi.stubEnv('QUORATE_CA', '');
    const untrusted = await quorate(ask);
    vi.unstubAllEnvs();
    expect(found).toMatchObject({ code: 0 });
    expect(foundToo).toMatchObject({ code: 0 });
    expect(untrusted.stderr).toContain('is from no authority that is trusted here');
    const { code, stderr } = await quorate([...ask, '--ca', doors.files.ca]);
    expect(code).toBe(1);
    expect(stderr).toContain('this node asks for a token');
    expect((await quorate(ask)).stderr).toContain('is from no authority that is trusted here');
  });

  it('forgets a token that is taken back, and knows a new one, without a restart', async () => {
    const file = ['--file', doors.tokensFile, '--name', 'guest'];
    const added = await quorate(['tokens', 'add', ...file, '--role', 'read']);
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^qrt_\S{43}\n$/) });
    await keepToken(doors, 'guest', added.stdout.trim());
    const client = clientWith(added.stdout.trim());
    expect((await quorate(['tokens', 'add', ...file, '--role', 'read'])).stderr).toContain(
      'has a token guest: remove it first',
    );
    await waitFor('the new token to be known', TAKEN_MS_MAX, async () => {
      await client.status();
      return true;
    });
    expect(await quorate(['tokens', 'remove', ...file])).toMatchObject({ code: 0 });
    await waitFor('the token to be forgotten', TAKEN_MS_MAX, () =>
      client.status().then(
        () => false,
        (error) => error.code === 'unauthenticated',
      ),
    );
    await client.close();
    const { stdout } = await quorate(['tokens', 'list', '--file', doors.tokensFile]);
    expect(stdout).toMatch(/cart +write +cart-\* basket-\*/);
    expect(stdout).not.toContain('guest');
  });

  it('refuses a changed file that is none or open to all, and tells so', async () => {
    const good = await readFile(doors.tokensFile, 'utf8');
    const refused = async (file: string) => {
      const { body } = await fetchSecurely('/metrics', doors.tokens.get('reader'));
      const found = new RegExp(`quorate_changed_file_refused{file="${file}"} ([01])`);
      return found.exec(await body.text())?.[1];
    };
    for (const [content, mode, reason] of [
      ['{"tokens": [', 0o600, 'is no JSON object with a list'],
      ['{"tokens": []}', 0o644, 'is open to everybody on this machine: chmod 600'],
    ] as const) {
      await replace(doors.tokensFile, content, mode);
      await waitFor('the refusal', TAKEN_MS_MAX, async () =>
        (await readFile(cluster.node('n1').logFile, 'utf8')).includes(reason),
      );
      expect(await refused('tokens')).toBe('1');
    }
    expect(await refused('tls')).toBe('0');
    expect(await refused('peer_tls')).toBe('0');
    await replace(doors.tokensFile, good);
    await waitFor('the old file', TAKEN_MS_MAX, async () => (await refused('tokens')) === '0');
  });

  it('shows a new certificate without a restart', async () => {
    const before = await serialOf();
    const { cert, key } = await doors.authority.issue();
    await replace(doors.files.key, key);
    await replace(doors.files.cert, cert);
    await waitFor('the new certificate', TAKEN_MS_MAX, async () => (await serialOf()) !== before);
    const client = clientWith(doors.tokens.get('reader'));
    expect((await client.status()).members).toHaveLength(3);
    await client.close();
    const { body } = await fetchSecurely('/metrics', doors.tokens.get('reader'));
    const metrics = await body.text();
    for (const port of ['client', 'peer']) {
      expect(metrics).toMatch(
        new RegExp(`quorate_tls_certificate_expires_seconds{port="${port}"} \\d{10}`),
      );
    }
  });

  it('lets no node in whose certificate is from elsewhere', async () => {
    const stranger = await CertificateAuthority.create('elsewhere');
    const theirs = await stranger.writeInto(join(await testDirectory(), 'tls'));
    const more = ['--peer-tls-cert', theirs.cert, '--peer-tls-key', theirs.key];
    const member = cluster.node('n1').peerAddress;
    const { code, stderr } = await joinAs('n4', member, [...more, '--peer-tls-ca', doors.files.ca]);
    expect(code).toBe(1);
    expect(stderr).toContain('it refused (403): the certificate of the caller is none');
    const bare = await joinAs('n5', member);
    expect(bare.code).toBe(1);
    expect(bare.stderr).toContain('(400): this port speaks TLS only');
    const { body } = await fetchSecurely('/metrics', doors.tokens.get('reader'));
    const kept = /quorate_peer_kept_out_total (\d+)/.exec(await body.text())?.[1];
    expect(Number(kept)).toBeGreaterThan(0);
    expect(await readFile(cluster.node('n1').logFile, 'utf8')).toContain('peer kept out');
  });

  it('carries requests to other nodes, which judge the token for themselves', async () => {
    const none = await fetchSecurely('/nodes/n2/healthz');
    expect(none.statusCode).toBe(401);
    const cart = doors.tokens.get('cart');
    const { body } = await fetchSecurely('/nodes/n2/cluster', cart);
    expect(await body.json()).toMatchObject({ node: 'n2' });
    const forbidden = await fetchSecurely('/nodes/n2/metrics', cart);
    expect(forbidden.statusCode).toBe(403);
    expect(await forbidden.body.json()).toMatchObject({ code: 'forbidden' });
  });

  it('goes on after the restart of a node', async () => {
    await cluster.node('n3').restart();
    await cluster.waitUntilConnected();
    const client = clientWith(doors.tokens.get('cart'));
    await client.put('cart-a', 'after', 'v', { w: 3 });
    await client.close();
  });

  it('has written no token down', async () => {
    const headers = { authorization: `Bearer ${doors.tokens.get('admin')}` };
    for (const broken of ['/kv/%zz/k', '/nowhere', `/kv/cart-a/k?token=x`]) {
      await fetchSecurely(broken, doors.tokens.get('admin'));
      await request(`${cluster.node('n1').url.replace('https', 'http')}${broken}`, { headers });
    }
    const places = [doors.tokensFile, ...cluster.nodes.map(({ logFile }) => logFile)];
    expect(doors.tokens.size).toBe(5);
    for (const place of places) {
      const content = await readFile(place, 'utf8');
      for (const token of doors.tokens.values()) expect(content).not.toContain(token.slice(4, 24));
      expect(content.toLowerCase()).not.toContain('bearer');
    }
  });

  async function fetchSecurely(path: string, token?: string) {
    return request(`${cluster.node('n1').url}${path}`, {
      dispatcher: new Agent({ connect: { ca: doors.authority.pem } }),
      headers: { connection: 'close', ...(token && { authorization: `Bearer ${token}` }) },
    });
  }

  function serialOf(): Promise<string> {
    const { hostname: host, port } = new URL(cluster.node('n1').url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port), ca: doors.authority.pem }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  }
});

describe('what listens elsewhere than on loopback', () => {
  it('is refused for each protection that is missing', async () => {
    const doors = await makeDoors(await testDirectory());
    const [clientPort, peerPort] = (await freePorts(2)).map(String);
    const { cert, key, ca } = doors.files;
    const tls = ['--tls-cert', cert, '--tls-key', key];
    const tokens = ['--tokens-file', doors.tokensFile];
    const peerTls = ['--peer-tls-cert', cert, '--peer-tls-key', key, '--peer-tls-ca', ca];
    const startWith = (options: readonly string[]) =>
      quorate([
        ...['start', '--name', 'n1', '--data', join(doors.directory, 'n1'), '--host', '0.0.0.0'],
        ...['--port', clientPort ?? '', '--peer-port', peerPort ?? '', ...options],
      ]);
    for (const [given, missing] of [
      [[...tls, ...tokens], 'give --peer-tls-cert, --peer-tls-key and --peer-tls-ca,'],
      [[...tls, ...peerTls], 'give --tokens-file,'],
      [[...tokens, ...peerTls], 'give --tls-cert and --tls-key,'],
    ] as const) {
      const { code, stderr } = await startWith(given);
      expect(stderr).toContain(missing);
      expect(code).toBe(2);
    }
  });

  it('serves where nothing is missing', async () => {
    const doors = await makeDoors(await testDirectory());
    await addToken(doors, { name: 'admin', role: 'admin', prefixes: [] });
    const node = await testNode({
      startOptions: [...doors.startOptions, '--host', '0.0.0.0', '--advertise', '127.0.0.1'],
      access: accessWith(doors),
    });
    await node.start();
    expect(await node.logTail()).toContain('https://0.0.0.0:');
  });
});

/** As tools do that must not leave half a file. */
async function replace(path: string, content: string, mode = 0o600): Promise<void> {
  await writeFile(`${path}.new`, content, { mode });
  await rename(`${path}.new`, path);
}

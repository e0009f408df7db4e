import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDataDirectory } from '../../../../src/adapters/data-directory.ts';
import type { Environment } from '../../../../src/cli/config/given-settings.ts';
import { type StartFlags, settleAll } from '../../../../src/cli/config/settle.ts';
import { misspelledVariables } from '../../../../src/cli/config/variables.ts';
import { messagesOf, UsageErrors } from '../../../../src/cli/exit.ts';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'quorate-config-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A configuration file of this test alone. */
function fileOf(...lines: readonly string[]): string {
  const file = join(directory(), 'quorate.toml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const NEW: StartFlags = { name: 'n1', data: '/nowhere/n1' };

function problemsOf(flags: StartFlags, environment: Environment = {}): readonly string[] {
  try {
    settleAll(flags, environment);
  } catch (error) {
    if (error instanceof UsageErrors) return messagesOf(error);
    throw error;
  }
  return [];
}

describe('which source is taken', () => {
  it('a flag, else a variable, else the file, else the directory, else the default', () => {
    const data = join(directory(), 'n1');
    const before = { host: '127.0.0.2', port: 1, peerPort: 2, advertise: 'remembered', zone: 'z' };
    const options = { ...before, secret: 'not remembered' };
    openDataDirectory({ path: data, name: 'n9', options }).close();
    const config = fileOf('zone = "file"', 'port = 5', 'weight = 6', 'expect = 7');
    const environment = { QUORATE_PORT: '8', QUORATE_WEIGHT: '9', QUORATE_ZONE: '' };
    const { settings, origins } = settleAll({ config, data, weight: '10' }, environment);
    expect(settings).toMatchObject({ weight: 10, port: 8, expect: 7, zone: 'file' });
    expect(settings).toMatchObject({ name: 'n9', peerPort: 2, partitions: 64 });
    expect(origins).toMatchObject({
      weight: { source: 'flag' },
      port: { source: 'environment' },
      expect: { source: 'file', place: `${config}:4` },
      zone: { source: 'file', place: `${config}:1` },
      peerPort: { source: 'directory' },
      partitions: { source: 'default' },
    });
  });

  it('the file is named by --config, else by QUORATE_CONFIG', () => {
    const [one, other] = [fileOf('zone = "one"'), fileOf('zone = "other"')];
    const zone = (flags: StartFlags, environment: Environment = {}) =>
      settleAll({ ...NEW, ...flags }, environment).settings.zone;
    expect(zone({}, { QUORATE_CONFIG: other })).toBe('other');
    expect(zone({ config: one }, { QUORATE_CONFIG: other })).toBe('one');
    expect(zone({}, { QUORATE_CONFIG: '' })).toBe(undefined);
  });

  it('where it is reached is not remembered of another host', () => {
    const data = join(directory(), 'n1');
    const options = { host: '127.0.0.1', port: 1, peerPort: 2, advertise: 'n1.example' };
    openDataDirectory({ path: data, name: 'n1', options }).close();
    expect(settleAll({ data }, {}).settings.advertise).toBe('n1.example');
    expect(settleAll({ data, host: '::1' }, {}).settings.advertise).toBe('::1');
  });

  it('a default may follow from another setting', () => {
    const { settings } = settleAll({ ...NEW, host: '127.0.0.3', port: '7000' }, {});
    expect(settings).toMatchObject({ peerPort: 8000, advertise: '127.0.0.3', join: [] });
  });
});

describe('what each source looks like', () => {
  const members = [
    { host: 'a', port: 1 },
    { host: '::1', port: 2 },
  ];

  it.each<[string, StartFlags, Environment]>([
    ['flags', { join: ['a:1', '[::1]:2'], stage: true, compareEvery: 'never' }, {}],
    [
      'variables',
      {},
      { QUORATE_JOIN: 'a:1, [::1]:2', QUORATE_STAGE: 'true', QUORATE_COMPARE_EVERY: 'never' },
    ],
  ])('%s', (_, flags, environment) => {
    const { settings } = settleAll({ ...NEW, ...flags }, environment);
    expect(settings).toMatchObject({ join: members, stage: true, compareEvery: 'never' });
  });

  it('a file', () => {
    const config = fileOf(
      '# of one node',
      'join = ["a:1", "[::1]:2"]',
      'stage = true',
      'compare-every = "never"',
      'port = 0x1fa4',
    );
    const { settings } = settleAll({ ...NEW, config }, {});
    expect(settings).toMatchObject({ join: members, stage: true, compareEvery: 'never' });
    expect(settings.port).toBe(8100);
  });

  it('host names stand in lists of any kind', () => {
    const hostNames = ['kv.test', '192.0.2.7', '::1'];
    const config = fileOf('host-names = ["kv.test", "192.0.2.7,::1"]');
    for (const { settings } of [
      settleAll({ ...NEW, hostNames: ['kv.test,192.0.2.7', '::1'] }, {}),
      settleAll(NEW, { QUORATE_HOST_NAMES: 'kv.test, 192.0.2.7,::1' }),
      settleAll({ ...NEW, config }, {}),
    ]) {
      expect(settings.hostNames).toEqual(hostNames);
    }
    for (const wrong of ['kv.test:80', 'http://kv.test', '*.test', '', 'a,,b']) {
      expect(problemsOf({ ...NEW, hostNames: [wrong] }).join()).toContain(
        'Give host names or addresses, without ports.',
      );
    }
  });

  it('paths in a file are seen from there', () => {
    const config = fileOf('data = "n1"', 'name = "n1"', 'secret-file = "secret"');
    const folder = join(config, '..');
    writeFileSync(join(folder, 'secret'), 'x', { mode: 0o600 });
    const { settings } = settleAll({ config }, {});
    expect(settings.data).toBe(join(folder, 'n1'));
    expect(settings.secretFile).toBe(join(folder, 'secret'));
  });

  it('a switch of the file can be taken back by a variable', () => {
    const config = fileOf('enable-faults = true');
    const { settings } = settleAll({ ...NEW, config }, { QUORATE_ENABLE_FAULTS: 'false' });
    expect(settings.enableFaults).toBe(false);
  });
});

describe('what is wrong is told with its place', () => {
  it.each<[readonly string[], string]>([
    [['', 'port = 0'], ':2) is wrong. Give a port from 1 to 65535.'],
    [['port = "8l01"'], 'port = 8l01 ('],
    [['port = 81.5'], 'Give a port from 1'],
    [['port = [1, 2]'], ':1: port has to be one value (port, 1 to 65535)'],
    [['[port]', 'x = 1'], ':1: port has to be one value'],
    [['stage = "true"'], ':1: stage has to be true or false'],
    [['join = ["a:1", 2]'], 'HOST:PEERPORT'],
    [['join = [["a:1"]]'], ':1: join has to be a list of texts (HOST:PEERPORT)'],
    [['peer_port = 1'], ':1: unknown key peer_port; did you mean peer-port?'],
    [['"peerPort" = 1'], ':1: unknown key peerPort; did you mean peer-port?'],
    [['secret = "hush"'], ':1: unknown key secret; did you mean secret-file?'],
    [['colour = "red"'], ':1: unknown key colour'],
    [['[listen]', 'port = 1'], ':1: unknown key listen'],
    [['__proto__ = 1'], 'unknown key __proto__'],
    [['constructor = 1'], 'unknown key constructor'],
    [['a = 1', 'b = = 2'], ':2:5: '],
    [['zone = "a"', 'zone = "b"'], ':2:'],
    [['port = 1', 'data = ""'], 'data = '],
  ])('%j', (lines, explanation) => {
    const config = fileOf(...lines);
    const problems = problemsOf({ ...NEW, data: undefined, config }, { QUORATE_DATA: '' });
    const all = problems.join('\n');
    expect(all).toContain(config);
    expect(all).toContain(explanation);
    expect(all).not.toMatch(/hush|"red/);
  });

  it('a file that is not there', () => {
    expect(problemsOf({ ...NEW, config: '/nowhere/x.toml' })).toEqual([
      expect.stringMatching(/^\/nowhere\/x\.toml cannot be read: /),
    ]);
  });

  it('flags and variables', () => {
    expect(
      problemsOf({ ...NEW, weight: '0' }, { QUORATE_ZONE: 'a zone', QUORATE_STAGE: 'yes' }),
    ).toEqual([
      expect.stringMatching(/^QUORATE_ZONE='a zone' is wrong\. Give 1 to 63 letters/),
      '--weight 0 is wrong. Give a whole number of times from 1 to 100.',
      'QUORATE_STAGE=yes is wrong. Give true or false.',
    ]);
  });

  it('what Kubernetes sets for a service of that name', () => {
    const [problem] = problemsOf(NEW, { QUORATE_PORT: 'tcp://10.0.0.1:8101' });
    expect(problem).toContain('set enableServiceLinks to false');
  });

  it('everything at once, and nothing twice', () => {
    const config = fileOf('prot = 1', 'weight = 0');
    expect(problemsOf({ config, port: '65000' })).toEqual([
      `${config}:1: unknown key prot; did you mean port?`,
      expect.stringContaining('where is this node to keep its data?'),
      expect.stringContaining(`weight = 0 (${config}:2) is wrong`),
    ]);
    expect(problemsOf({ data: '/nowhere/n1', port: '65000' })).toEqual([
      '/nowhere/n1 is new: say with --name what this node is to be called',
      '--port 65000 leaves no port 1000 above it: give --peer-port',
    ]);
  });

  it('settings that do not go together', () => {
    const folder = directory();
    const secret = join(folder, 'secret');
    writeFileSync(secret, ' \n', { mode: 0o600 });
    const config = fileOf('host = "0.0.0.0"', `secret-file = "${secret}"`);
    expect(problemsOf({ ...NEW, config, replace: 'n2' })).toEqual([
      expect.stringMatching(
        /^host = 0\.0\.0\.0 \(\S+:1\) would be open to others: without authentication and TLS/,
      ),
      expect.stringContaining('other nodes cannot reach 0.0.0.0'),
      expect.stringMatching(/^--replace n2 needs --join/),
      expect.stringMatching(/^secret-file = \S+ \(\S+:2\) is empty/),
    ]);
    expect(problemsOf({ ...NEW, data: secret })).toEqual([`--data ${secret} is not a directory`]);
    const half = fileOf('peer-tls-key = "k"', 'host = "0.0.0.0"', 'advertise = "n1"');
    expect(problemsOf({ ...NEW, config: half, tlsCert: 'c' }, { QUORATE_TLS_KEY: 'k' })).toEqual([
      expect.stringMatching(
        /^peer-tls-key = \S+\/k \(\S+:1\) needs --peer-tls-cert and --peer-tls-ca too$/,
      ),
      expect.stringContaining(
        'give --tokens-file, --peer-tls-cert, --peer-tls-key and --peer-tls-ca, use a loopback',
      ),
    ]);
    const tokens = { ...NEW, tokensFile: 'tokens.json' };
    const needed = /^--tokens-file tokens\.json asks clients .*: give --secret-file, or --peer-tls/;
    const everywhere = { ...tokens, host: '0.0.0.0', advertise: 'n1', insecure: true as const };
    for (const open of [tokens, everywhere]) {
      expect(problemsOf(open)).toEqual([expect.stringMatching(needed)]);
      writeFileSync(secret, 'hush');
      expect(problemsOf({ ...open, secretFile: secret })).toEqual([]);
      const peerTls = { peerTlsCert: 'c', peerTlsKey: 'k', peerTlsCa: 'a' };
      expect(problemsOf({ ...open, ...peerTls })).toEqual([]);
    }
    chmodSync(secret, 0o644);
    expect(problemsOf({ ...NEW, secretFile: secret })).toEqual([
      `--secret-file ${secret}: ${secret} is open to everybody on this machine: chmod 600 ${secret}`,
    ]);
    mkdirSync(join(folder, 'fine'));
    expect(problemsOf({ ...NEW, data: join(folder, 'fine') })).toEqual([]);
  });
});

it('a variable that is nearly one of ours is told; those of others are not', () => {
  const environment = {
    QUORATE_PROT: '1',
    QUORATE_SECRET: 'hush',
    QUORATE_NODE: 'http://127.0.0.1:1',
    QUORATE_CA: '/x/ca.pem',
    QUORATE_TOKEN_FILE: '/x/token',
    QUORATE_ZONE: 'a',
    QUORATE_BENCH_PROFILE_DIRECTORY: '/x',
    QUORATE_PORT_8101_TCP_ADDR: '10.0.0.1',
  };
  expect(misspelledVariables(environment)).toEqual([
    'QUORATE_PROT is no setting; did you mean QUORATE_PORT?',
    'QUORATE_SECRET is no setting; did you mean QUORATE_SECRET_FILE?',
  ]);
});

/** `quorate start` by file, environment and flags, and `quorate config`. */

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { ServerProcess } from '../../cluster/server-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { quorate, testClient, testDirectory, testNode } from './harness.ts';

/** Variables for the commands of this test, which inherit them. */
function setVariables(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });
}

/** The file of a node that could found a cluster, and what else belongs to it. */
async function configuredNode(...more: readonly string[]) {
  const directory = await testDirectory();
  const [port = 0, peerPort = 0] = await freePorts(2);
  const config = join(directory, 'quorate.toml');
  const own = ['name = "n1"', 'data = "n1"', `port = ${port}`, `peer-port = ${peerPort}`];
  await writeFile(config, `${[...own, ...more].join('\n')}\n`);
  return { directory, config, port, peerPort, data: join(directory, 'n1') };
}

it('a node is started by a file, and a flag goes before it', async () => {
  const { config, directory, data } = await configuredNode('partitions = 8', 'zone = "file"');
  const [port = 0] = await freePorts(1);
  const node = new ServerProcess({
    name: 'n1',
    script: QUORATE_COMMAND,
    arguments: ['start', '--config', config, '--port', String(port)],
    logFile: join(directory, 'log'),
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  onTestFinished(() => node.kill());
  await node.start();
  const status = await testClient(`http://127.0.0.1:${port}`).status();
  expect(status).toMatchObject({ node: 'n1', partitionCount: 8, members: [{ zone: 'file' }] });
  expect(existsSync(join(data, 'quorate.json'))).toBe(true);

  await node.stop();
  const { stdout } = await quorate(['config', 'check', '--data', data, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    name: { value: 'n1', source: 'directory' },
    zone: { value: 'file', source: 'directory' },
    port: { value: port, source: 'directory' },
    partitions: { value: 64, source: 'default' },
  });
});

it('a node is started by variables, which nodes of a local cluster do not see', async () => {
  const { config, data, port } = await configuredNode();
  setVariables({ QUORATE_CONFIG: config, QUORATE_ZONE: 'variable', QUORATE_PROT: '1' });
  const started = quorate(['start']);
  const client = testClient(`http://127.0.0.1:${port}`);
  await waitFor('the node to be ready', 20_000, async () => (await client.status()).ready);
  expect((await client.status()).members).toMatchObject([{ id: 'n1', zone: 'variable' }]);
  const pid = Number.parseInt(await readFile(join(data, 'lock'), 'utf8'), 10);

  const other = await testNode({ name: 'n2' });
  await other.start();
  expect((await testClient(other.url).status()).members).toMatchObject([{ id: 'n2', zone: null }]);

  process.kill(pid, 'SIGTERM');
  expect(await started).toMatchObject({
    code: 0,
    stderr: 'warning: QUORATE_PROT is no setting; did you mean QUORATE_PORT?\n',
  });
});

it('config check prints the settings and where they are from, and starts nothing', async () => {
  const { config, data } = await configuredNode('log-level = "warn"');
  setVariables({ QUORATE_ZONE: 'variable' });
  const { code, stdout, stderr } = await quorate([
    ...['config', 'check', '--config', config],
    ...['--port', '8200', '--join', 'a:1', '--join', 'b:2'],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = stdout.split('\n').map((row) => row.split(/ {2,}/));
  expect(rows).toContainEqual(['setting', 'value', 'from']);
  expect(rows).toContainEqual(['data', data, `${config}:2`]);
  expect(rows).toContainEqual(['port', '8200', '--port']);
  expect(rows).toContainEqual(['join', 'a:1,b:2', '--join']);
  expect(rows).toContainEqual(['zone', 'variable', 'QUORATE_ZONE']);
  expect(rows).toContainEqual(['log-level', 'warn', `${config}:5`]);
  expect(rows).toContainEqual(['expect', '1', 'default']);
  expect(existsSync(data)).toBe(false);
});

it('all that is wrong is told, a line each, and nothing is touched', async () => {
  const { config, data } = await configuredNode('prot = 1', 'weight = 0');
  const results = [
    quorate(['config', 'check', '--config', config, '--expect', 'x']),
    quorate(['start', '--config', config, '--expect', 'x']),
  ];
  for (const { code, stdout, stderr } of await Promise.all(results)) {
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      `error: ${config}:5: unknown key prot; did you mean port?`,
      `error: weight = 0 (${config}:6) is wrong. Give a whole number of times from 1 to 100.`,
      'error: --expect x is wrong. Give a whole number of nodes from 1 to 1000.',
      '',
    ]);
  }
  expect(existsSync(data)).toBe(false);
});

it('config options prints what there is', async () => {
  const [text, json] = await Promise.all([
    quorate(['config', 'options']),
    quorate(['config', 'options', '--json']),
  ]);
  expect(text.stdout).toMatch(/^peer-port +port, 1 to 65535 +port plus 1000 +listen for/m);
  expect(JSON.parse(json.stdout)).toContainEqual({
    key: 'peer-port',
    flag: '--peer-port',
    variable: 'QUORATE_PEER_PORT',
    values: 'port, 1 to 65535',
    default: 'port plus 1000',
    description: 'listen for other nodes here',
  });
});

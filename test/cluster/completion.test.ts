/** `quorate completion`: what a real bash offers by it, and the scripts of the other shells. */

import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsAhead, quorate, testDirectory } from './harness.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

const COMMANDS = SHELLS.map((shell) => ['completion', shell]);
const answerTo = commandsAhead(COMMANDS);

function scriptOf(shell: (typeof SHELLS)[number]): string {
  const { code, stdout, stderr } = answerTo(COMMANDS[SHELLS.indexOf(shell)] ?? []);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['--version']).status === 0;
}

/** What is offered for the last of the words. */
function offeredByBash(words: readonly string[], cwd?: string): readonly string[] {
  const complete = `${scriptOf('bash')}
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _quorate
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const options = { encoding: 'utf8', cwd } as const;
  const { stdout, stderr } = spawnSync('bash', ['-c', complete, 'bash', ...words], options);
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

describe.skipIf(!isInstalled('bash'))('bash offers', () => {
  it.each<[string, readonly string[]]>([
    ['quorate stat', ['status']],
    ['quorate bucket ', ['create', 'delete', 'help', 'set', '--help']],
    ['quorate bucket create carts --mo', ['--mode']],
    ['quorate bucket create carts --mode ', ['dynamo', 'paxos', 'raft']],
    ['quorate get --node http://127.0.0.1:1 carts alice --read-repair b', ['blocking']],
    ['quorate put bucket create --con', ['--context', '--content-type']],
    ['quorate faults clear d', ['disk']],
    ['quorate start --log-level s', ['silent']],
    ['quorate config check --peer-p', ['--peer-port']],
    ['quorate completion f', ['fish']],
    ['quorate start --port ', []],
    ['quorate colour ', []],
  ])('%j', (line, expected) => {
    const offered = offeredByBash(line.split(' '));
    if (line === 'quorate colour ') expect(offered).toContain('status');
    else expect([...offered].sort()).toEqual([...expected].sort());
  });

  it('files and directories, with spaces in their names', async () => {
    const directory = await testDirectory();
    await mkdir(join(directory, 'a directory'));
    await writeFile(join(directory, 'a file.toml'), '');
    const offered = (line: string) => offeredByBash(line.split(' '), directory);
    expect(offered('quorate start --data ')).toEqual(['a directory']);
    expect(offered('quorate start --config a')).toEqual(
      expect.arrayContaining(['a file.toml', 'a directory']),
    );
    expect(offered('quorate check ')).toContain('a file.toml');
    expect(offered('quorate check --mod')).toEqual(['--model']);
  });
});

describe('the scripts', () => {
  it.each(SHELLS)('%s: one that the shell can read, where it is installed', async (shell) => {
    if (!isInstalled(shell)) return;
    const file = join(await testDirectory(), 'script');
    await writeFile(file, scriptOf(shell));
    const { status, stderr } = spawnSync(shell, ['-n', file]);
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  });

  it('know every command, every flag and every word', () => {
    const [zsh, fish] = [scriptOf('zsh'), scriptOf('fish')];
    expect(zsh).toContain("'quorate bucket create')");
    expect(zsh).toContain(
      "'quorate bucket create --mode') compadd -- dynamo paxos raft; return ;;",
    );
    expect(zsh).toContain("'quorate start --data') _files -/; return ;;");
    expect(zsh).toContain("'create:make a bucket; mode and n stay as they are for good'");
    expect(fish).toContain(
      `complete -c quorate -n '__quorate_at "quorate get"' -l read-repair -x -a 'async blocking off' -d 'of replicas found behind'`,
    );
    expect(fish).toContain("-a 'create' -d 'make a bucket;");
    expect(fish).toContain('-l config -r -F ');
  });

  it('an unknown shell is refused', async () => {
    const { code, stderr } = await quorate(['completion', 'csh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });
});

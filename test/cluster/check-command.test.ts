/** `quorate check`: verdicts on files, and their exit codes. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/checkers/history.ts';
import { encodeHistory } from '../../src/checkers/history-codec.ts';
import { type CommandResult, quorate, testDirectory } from './harness.ts';

const seen: Operation = {
  process: 1,
  key: 'cart',
  op: 'read',
  invoke: 20,
  complete: 25.5,
  outcome: 'ok',
  output: { value: 'milk' },
};
const written: Operation = {
  process: 0,
  key: 'cart',
  op: 'write',
  value: 'milk',
  invoke: 1,
  complete: 9,
  outcome: 'ok',
};
const replaced: Operation = { ...written, value: 'bread\u001b[31m', invoke: 10, complete: 15 };

/** Runs the command on a file of this content. */
async function check(content: string, ...args: string[]): Promise<CommandResult> {
  const file = join(await testDirectory(), 'history');
  await writeFile(file, content);
  return quorate(['check', file, ...args]);
}

const checkHistory = (history: readonly Operation[], ...args: string[]) =>
  check(encodeHistory({ operations: history }), ...args);

describe('quorate check', () => {
  it('ends with 0 where every check holds', async () => {
    const { code, stdout, stderr } = await checkHistory([seen, written]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^ok {8}linearizable \(model register\)\n2 operations on 1 key, [0-9.]+ s\n$/,
    );
  });

  it('ends with 1 where it is not, and says what fits nowhere', async () => {
    const { code, stdout } = await checkHistory([written, replaced, seen]);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'VIOLATED  linearizable (model register)',
      expect.stringMatching(/^3 operations on 1 key, /),
      '',
      'NOT linearizable: key "cart": this operation fits nowhere:',
      '  process 1, ms 20 to ms 25.5: read, found "milk"',
      'before it the key could only be: "bread\\u001b[31m"',
      'a longest order without it (the last 2 of 2):',
      '  process 0, ms 1 to ms 9: write "milk"',
      '  process 0, ms 10 to ms 15: write "bread\\u001b[31m"',
      '',
    ]);
  });

  it('ends with 3 where time ran out', async () => {
    const { code, stdout } = await checkHistory([written, seen], '--timeout', '0');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^UNKNOWN {3}linearizable/);
    expect(stdout).toContain('the time ran out with 1 key undecided: "cart"\n');
  });

  it('prints the verdicts as JSON', async () => {
    const common = { operations: 3, keys: 1, times: 'ms', tookMs: expect.any(Number) };
    const check = { check: 'linearizable', models: ['register'] };
    const bad = await checkHistory([written, replaced, seen], '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toEqual({
      verdict: 'violation',
      ...common,
      checks: [
        {
          verdict: 'violation',
          ...check,
          key: 'cart',
          blocked: seen,
          states: ['"bread\\u001b[31m"'],
          placed: [written, replaced],
        },
      ],
    });
    const late = await checkHistory([written, replaced, seen], '--json', '--timeout', '0');
    expect(late.code).toBe(3);
    expect(JSON.parse(late.stdout)).toEqual({
      verdict: 'unknown',
      ...common,
      checks: [{ verdict: 'unknown', ...check, limit: 'time', undecided: ['cart'] }],
    });
  });

  it('makes the checks that the history has what is needed for, or those that are asked for', async () => {
    const quorum = { n: 3, needed: 2, strict: true };
    const sibling = { ...written, replaces: {}, quorum };
    const lost: Operation = { ...seen, quorum, output: { values: [] } };
    const all = await checkHistory([sibling, lost]);
    expect(all.code).toBe(1);
    expect(all.stdout).toMatch(/^VIOLATED {2}losses: 1 violation\n2 operations on 1 key, /);
    expect(all.stdout).toContain('key "cart": "milk" is lost: it was durable and nobody replaced');
    const json = await checkHistory([sibling, lost], '--json');
    expect(JSON.parse(json.stdout).checks).toMatchObject([
      { check: 'losses', violations: [{ key: 'cart', operations: [sibling, lost] }] },
    ]);
    const asked = await checkHistory([written, seen], '--check', 'linearizable,losses');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('the check losses needs keys that keep siblings');
    expect((await checkHistory([written, seen], '--check', 'magic')).code).toBe(2);
  });

  it('writes the timeline', async () => {
    const file = join(await testDirectory(), 'timeline.html');
    const { code } = await checkHistory([written, replaced, seen], '--html', file);
    expect(code).toBe(1);
    const page = await readFile(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>\n.*<h1>Violated: linearizable<\/h1>/s);
    const nowhere = await checkHistory([seen], '--html', '/nowhere/at/all.html');
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    expect(nowhere.stderr).toContain('/nowhere/at/all.html cannot be written');
  });

  it('reads the formats of others', async () => {
    const jepsen =
      'INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\t3\n';
    const wrong = await check(jepsen, '--format', 'jepsen-register');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain('  process 0, line 1 to line 2: read, found 3\n');
    const kv =
      '{:process 0, :type :invoke, :f :append, :key "0", :value "x"}\n{:process 0, :type :ok, :f :append, :key "0", :value "x"}\n';
    const fine = await check(kv, '--format', 'porcupine-kv');
    expect(fine.code).toBe(0);
    expect(fine.stdout).toContain('model append');
  });

  it('ends with 2 where it was asked for wrongly, and says what would be right', async () => {
    const noHistory = await check(`${encodeHistory({ operations: [written] })}{"op":"put"}\n`);
    expect(noHistory).toMatchObject({ code: 2, stdout: '' });
    expect(noHistory.stderr).toMatch(/^error: \S+, line 2: "op" is "put": give "read" or "write"/);
    const conditional = { ...written, ifAbsent: true } as Operation;
    const refused = await checkHistory([conditional], '--model', 'register');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('the model register has no versions');
    expect((await check('\n')).stderr).toContain('has no operations: give a history');
    expect((await check('\n')).code).toBe(2);
    expect((await quorate(['check', '/nowhere/at/all'])).code).toBe(2);
    expect((await quorate(['check'])).code).toBe(2);
    expect((await checkHistory([written], '--model', 'queue')).code).toBe(2);
    expect((await checkHistory([written], '--timeout', 'soon')).code).toBe(2);
  });
});

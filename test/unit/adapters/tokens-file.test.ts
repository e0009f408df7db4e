/** The file of tokens: what it holds, who may read it, and how it changes under a node. */

import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  changeTokens,
  newToken,
  openTokens,
  readTokens,
  TokenTable,
} from '../../../src/adapters/tokens-file.ts';
import { TestLogger } from '../../contract/transport-nodes.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
const READER = { name: 'reader', role: 'read', prefixes: ['cart-'] } as const;
const NOW = new Date('2030-01-02T03:04:05Z');

let directory: string;
let file: string;
const opened: (() => void)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorate-tokens-'));
  file = join(directory, 'tokens.json');
});
afterEach(async () => {
  for (const close of opened.splice(0)) close();
  await rm(directory, { recursive: true });
});

function add(name: string): string {
  const { token, stored } = newToken({ ...READER, name }, NOW);
  changeTokens(file, (tokens) => [...tokens, stored]);
  return token;
}

function open(logger = new TestLogger()) {
  const tokens = openTokens(file, logger);
  opened.push(() => tokens.close());
  return tokens;
}

describe('the file', () => {
  it('holds what a token allows and its hash, and never the token', async () => {
    const token = add('reader');
    expect(token).toMatch(/^qrt_[A-Za-z0-9_-]{43}$/);
    const content = await readFile(file, 'utf8');
    expect(content).not.toContain(token.slice(4));
    expect(JSON.parse(content)).toEqual({
      tokens: [
        { ...READER, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), created: NOW.toISOString() },
      ],
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('keeps its permissions when it changes', async () => {
    add('one');
    await chmod(file, 0o640);
    add('two');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(readTokens(file).map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('is not changed by two at a time', async () => {
    add('one');
    await writeFile(`${file}.new`, '');
    expect(() => add('two')).toThrow('somebody else is changing');
    await rm(`${file}.new`);
    expect(() =>
      changeTokens(file, () => {
        throw new Error('no such token');
      }),
    ).toThrow('no such token');
    add('three');
    expect(readTokens(file).map(({ name }) => name)).toEqual(['one', 'three']);
  });

  const token = newToken(READER, NOW).stored;
  it.each([
    ['no JSON', 'tokens', 'is no JSON object with a list "tokens"'],
    ['no list', '{"tokens": {}}', 'is no JSON object with a list "tokens"'],
    ['nothing', 'null', 'is no JSON object with a list "tokens"'],
    ['an unknown role', { ...token, role: 'root' }, 'token 1 of the list has no "role" of read'],
    ['no hash', { ...token, sha256: 'qrt_abc' }, 'token 1 of the list has no "sha256"'],
    ['no prefixes', { ...token, prefixes: undefined }, 'has no list "prefixes"'],
    ['an empty prefix', { ...token, prefixes: [''] }, 'has no list "prefixes"'],
    ['no name', { ...token, name: '' }, 'has no "name"'],
  ])('with %s is refused whole', async (_, content, reason) => {
    const text = typeof content === 'string' ? content : JSON.stringify({ tokens: [content] });
    await writeFile(file, text, { mode: 0o600 });
    expect(() => open()).toThrow(reason);
  });

  it.each([0o604, 0o602, 0o644])('is refused with permissions %o', async (mode) => {
    add('one');
    await chmod(file, mode);
    expect(() => open()).toThrow('is open to everybody on this machine: chmod 600');
  });

  it('that is missing is refused', () => {
    expect(() => open()).toThrow(`${file} cannot be read: ENOENT`);
  });
});

describe('a token', () => {
  it('is known by its grant, among many', () => {
    const made = Array.from({ length: 1_000 }, (_, i) =>
      newToken({ ...READER, name: `t${i}` }, NOW),
    );
    const table = new TokenTable(made.map(({ stored }) => stored));
    for (const { token, stored } of made) expect(table.grantOf(token)?.name).toBe(stored.name);
    for (const { stored } of made) expect(table.grantOf(stored.sha256)).toBeUndefined();
    expect(table.grantOf(newToken(READER, NOW).token)).toBeUndefined();
    expect(table.grantOf('')).toBeUndefined();
  });

  it('that is removed, or added, is so for a node that runs', async () => {
    const one = add('one');
    const tokens = open();
    expect(tokens.current.grantOf(one)?.name).toBe('one');
    changeTokens(file, () => []);
    await vi.waitFor(() => expect(tokens.current.grantOf(one)).toBeUndefined(), PATIENCE);
    const two = add('two');
    await vi.waitFor(() => expect(tokens.current.grantOf(two)?.name).toBe('two'), PATIENCE);
  });

  it('stays good while the file makes no sense, or is gone', async () => {
    const one = add('one');
    const logger = new TestLogger();
    const tokens = open(logger);
    await writeFile(file, '{"tokens": [');
    await vi.waitFor(
      () => expect(logger.reasons('changed file not taken')).toHaveLength(1),
      PATIENCE,
    );
    await rm(file);
    await vi.waitFor(
      () => expect(logger.reasons('changed file not taken').join()).toContain('ENOENT'),
      PATIENCE,
    );
    expect(tokens.current.grantOf(one)?.name).toBe('one');
  });
});

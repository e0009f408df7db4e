/**
 * The tokens that clients may bear, in a file.
 *
 *   { "tokens": [ { "name", "role", "prefixes", "sha256", "created" } ] }
 *
 * The file holds the SHA-256 of each token only. Tokens are 256 random bits, so nobody finds one
 * by its hash, and a slow hash would protect nothing. Each node has a file of its own: to let
 * somebody in, or to shut somebody out, takes no majority, and no other node.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Grant, ROLES, type Role } from '../kernel/grant.ts';
import type { Logger } from '../ports/logger.ts';
import { LiveFiles } from './live-files.ts';
import { PRIVATE_FILE } from './private-files.ts';
import { syncDirectory } from './sync-directory.ts';

/** Begins every token, so that searches for secrets that leaked find it. */
const TOKEN_PREFIX = 'qrt_';
const TOKEN_BYTES = 32;
const HASH = /^[0-9a-f]{64}$/;
const PERMISSIONS = 0o777;

/** So that a request costs the same with one token and with many. */
const TOKENS_MAX = 1_000;

export interface StoredToken extends Grant {
  /** Of the token, in hexadecimal digits. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly created: string;
}

/** What of it is kept, and what is given to its bearer and never seen again. */
export function newToken(grant: Grant, now: Date): { token: string; stored: StoredToken } {
  const token = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  const stored = { ...grant, sha256: hashOf(token).toString('hex'), created: now.toISOString() };
  return { token, stored };
}

export class TokenTable {
  /** By the first bytes of their hashes, which say nothing of the tokens. */
  readonly #byHash = new Map<number, { readonly hash: Buffer; readonly grant: Grant }[]>();

  constructor(tokens: readonly StoredToken[]) {
    for (const { name, role, prefixes, sha256 } of tokens) {
      const hash = Buffer.from(sha256, 'hex');
      const entry = { hash, grant: { name, role, prefixes } };
      const place = hash.readUInt32BE();
      this.#byHash.set(place, [...(this.#byHash.get(place) ?? []), entry]);
    }
  }

  /** Undefined where nobody was given such a token. */
  grantOf(token: string): Grant | undefined {
    const hash = hashOf(token);
    const candidates = this.#byHash.get(hash.readUInt32BE()) ?? [];
    return candidates.find((candidate) => timingSafeEqual(candidate.hash, hash))?.grant;
  }
}

/** The file as it is at any time. Throws what is wrong with it, in words for the operator. */
export function openTokens(path: string, logger: Logger): LiveFiles<TokenTable> {
  return new LiveFiles({
    what: 'tokens',
    files: [{ path, secret: true }],
    parse: ([content]) => new TokenTable(parseTokens(path, content ?? Buffer.alloc(0))),
    logger,
  });
}

/** None where there is no file. Throws what is wrong with it. */
export function readTokens(path: string): readonly StoredToken[] {
  return existsSync(path) ? parseTokens(path, readFileSync(path)) : [];
}

/**
 * Replaces them all, durably and at once. Throws where somebody else is about to: what they
 * read before may lack what is written now.
 */
export function changeTokens(
  path: string,
  change: (tokens: readonly StoredToken[]) => readonly StoredToken[],
): void {
  const unfinished = `${path}.new`;
  const fd = openUnfinished(unfinished, path);
  try {
    const tokens = change(readTokens(path));
    if (tokens.length > TOKENS_MAX) throw new Error(`${path} can hold ${TOKENS_MAX} tokens`);
    writeFileSync(fd, `${JSON.stringify({ tokens }, null, 2)}\n`);
    fsyncSync(fd);
  } catch (error) {
    unlinkSync(unfinished);
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(unfinished, path);
  syncDirectory(dirname(path));
}

/** Who may read the file goes on being able to. */
function openUnfinished(unfinished: string, path: string): number {
  const mode = existsSync(path) ? statSync(path).mode & PERMISSIONS : PRIVATE_FILE;
  try {
    return openSync(unfinished, 'wx', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(
      `${unfinished} is there: somebody else is changing ${path}; if nobody is, remove it`,
    );
  }
}

function parseTokens(path: string, content: Buffer): readonly StoredToken[] {
  const tokens = listIn(content);
  if (tokens === undefined) throw new Error(`${path} is no JSON object with a list "tokens"`);
  if (tokens.length > TOKENS_MAX) throw new Error(`${path} holds more than ${TOKENS_MAX} tokens`);
  const parsed = tokens.map((token, at) => {
    const wrong = whatIsWrong(token);
    if (wrong !== undefined) throw new Error(`${path}: token ${at + 1} of the list ${wrong}`);
    return token as StoredToken;
  });
  const names = new Set(parsed.map(({ name }) => name));
  if (names.size < parsed.length) throw new Error(`${path} has two tokens of one name`);
  return parsed;
}

function listIn(content: Buffer): readonly unknown[] | undefined {
  try {
    const { tokens } = JSON.parse(content.toString('utf8')) ?? {};
    return Array.isArray(tokens) ? tokens : undefined;
  } catch {
    return undefined;
  }
}

function whatIsWrong(token: unknown): string | undefined {
  const { name, role, prefixes, sha256, created } = (token ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') return 'has no "name"';
  if (!ROLES.includes(role as Role)) return `has no "role" of ${ROLES.join(', ')}`;
  if (!isListOfNames(prefixes)) return 'has no list "prefixes" of names; [] is all buckets';
  if (typeof sha256 !== 'string' || !HASH.test(sha256)) return 'has no "sha256" of 64 digits';
  return typeof created === 'string' ? undefined : 'has no "created"';
}

/** An empty one would be a prefix of every name, against what its author meant. */
function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

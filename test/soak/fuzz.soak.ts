/**
 * The edges of a node, many times: bytes gone wrong for each binary form, commands of the metadata
 * group, requests of clients, damaged store files. `CASES` says how often. A failing case is
 * printed with the seed and path that fast-check runs it by; `FIRST_SEED` is that of the files.
 */

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCanonical, expectRoundTrip } from '../property/codec-laws.ts';
import { expectTotalCommands } from '../property/command-laws.ts';
import { FUZZED_CODECS } from '../property/fuzzed-codecs.ts';
import { tryDamagedStores } from '../unit/adapters/damaged-stores.ts';
import { expectCivilAnswers, expectNoTrace } from '../unit/http/fuzzed-requests.ts';
import { type HttpNode, send, startHttpNode } from '../unit/http/http-node.ts';

const CASES = Number(process.env.CASES ?? 20_000);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 30));

describe.each(FUZZED_CODECS)('the binary form of a $name', (codec) => {
  it('is written again as it was read', () => expectRoundTrip(codec, CASES / 10));

  it('gone wrong is refused, or is the form of something else', () =>
    expectCanonical(codec, CASES));
});

it('commands gone wrong are carried out or refused, and alike on every node', () => {
  const { applied, refused } = expectTotalCommands(CASES / 10);
  console.log(`commands gone wrong: ${applied} carried out, ${refused} refused`);
  expect(applied).toBeGreaterThan(0);
});

it(`damaged files are refused by their names, or do no harm: from seed ${FIRST_SEED} on`, async () => {
  const { refused, used } = await tryDamagedStores(CASES / 10, FIRST_SEED);
  console.log(`damaged files: ${refused} refused, ${used} of use`);
});

describe('requests', () => {
  let node: HttpNode;

  beforeAll(async () => {
    node = await startHttpNode({ valueBytesMax: 10_000 });
    for (const mode of ['raft', 'paxos']) {
      await send(node, 'PUT', `/buckets/${mode}`, { body: JSON.stringify({ mode }) });
    }
  });

  afterAll(() => node.stop());

  it('are answered, or refused with a code', () => expectCivilAnswers(node, CASES));

  it('that are refused leave no trace', () => expectNoTrace(node, CASES / 4));
});

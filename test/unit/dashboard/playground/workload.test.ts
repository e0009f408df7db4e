/** The clients of the playground, before a store that answers as a test wants. */

import { describe, expect, it } from 'vitest';
import { type ApiAnswer, ApiError, type ApiRequest } from '../../../../src/dashboard/answer.ts';
import type { Judged } from '../../../../src/dashboard/playground/freshness.ts';
import {
  heardOfRead,
  heardOfSilence,
  heardOfWrite,
} from '../../../../src/dashboard/playground/heard.ts';
import { PRESETS, type Preset, presetNamed } from '../../../../src/dashboard/playground/presets.ts';
import { type Settings, Workload } from '../../../../src/dashboard/playground/workload.ts';

function answer(status: number, body: string | object = '', headers = {}): ApiAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = new Uint8Array(Buffer.from(text));
  return { status, headers: new Headers(headers), body: bytes, tookMs: 1 };
}

function problem(status: number, code: string, definite = true): ApiAnswer {
  return answer(status, { code, definite, detail: `for the reason of ${code}` });
}

interface Asked extends ApiRequest {
  readonly path: string;
}

/** Runs until so many operations have ended. */
async function run(
  preset: Preset,
  settings: Partial<Settings>,
  operations: number,
  respond: (asked: Asked, workload: Workload) => ApiAnswer | Promise<ApiAnswer>,
) {
  const [asked, judged]: [Asked[], Judged[]] = [[], []];
  let time = 0;
  const workload: Workload = new Workload(
    preset,
    'k1',
    { writer: undefined, readers: [], perSecond: 4, ...settings },
    {
      ask: async (path, request) => {
        asked.push({ path, ...request });
        return respond({ path, ...request }, workload);
      },
      now: () => time++,
      sleep: async (ms) => {
        await new Promise((resolve) => setImmediate(resolve));
        time += ms;
      },
      onJudged: (one) => {
        if (judged.push(one) >= operations) workload.stop();
      },
    },
  );
  await workload.run();
  return { asked, judged };
}

const [ONE] = PRESETS;

describe('the writer', () => {
  it('writes 1, 2, 3 … with the context of the last answer', async () => {
    let context = 0;
    const { asked, judged } = await run(ONE, { writer: 'n2' }, 3, () =>
      answer(200, 'x', { 'x-quorate-context': `c${++context}` }),
    );
    expect(asked.map(({ path, node, method, body }) => [path, node, method, body])).toEqual(
      ['1', '2', '3'].map((value) => [
        '/kv/playground-one/k1?w=1&timeout=1000&return=body',
        ...['n2', 'PUT', value],
      ]),
    );
    expect(asked.map(({ headers }) => headers?.['x-quorate-context'])).toEqual([
      ...[undefined, 'c1', 'c2'],
    ]);
    expect(judged.map(({ verdict }) => verdict)).toEqual(Array(3).fill('acknowledged'));
    expect(judged.map(({ operation }) => operation.at)).toEqual(['n2', 'n2', 'n2']);
  });

  it('goes to another node while it runs, and on where it was refused or in doubt', async () => {
    const answers = [
      problem(503, 'too_few_replicas'),
      problem(503, 'write_quorum_not_met', false),
      answer(204),
    ];
    const { asked, judged } = await run(
      presetNamed('paxos'),
      { writer: 'n1' },
      3,
      (_, workload) => {
        workload.settings = { ...workload.settings, writer: 'n3' };
        return answers.shift() ?? answer(500);
      },
    );
    expect(judged.map(({ verdict }) => verdict)).toEqual(['refused', 'unknown', 'acknowledged']);
    expect(asked.map(({ node }) => node)).toEqual(['n1', 'n3', 'n3']);
    expect(asked[0]?.path).toBe('/kv/playground-paxos/k1?timeout=1000');
    expect(judged[1]?.operation.info).toMatchObject({ code: 'write_quorum_not_met' });
  });
});

describe('readers', () => {
  it('are judged by what the writer has been told', async () => {
    const written: string[] = [];
    const { judged } = await run(ONE, { writer: 'n1', readers: ['n1', 'n2'] }, 40, (asked) => {
      if (asked.method === 'PUT') {
        written.push(String(asked.body));
        return answer(200, 'x');
      }
      const shown = asked.node === 'n1' ? written.at(-1) : written.at(-3);
      return shown === undefined ? problem(404, 'not_found') : answer(200, shown);
    });
    const at = (node: string) =>
      judged.filter(({ operation }) => operation.op === 'read' && operation.at === node).slice(4);
    expect(new Set(at('n1').map(({ verdict }) => verdict))).toEqual(new Set(['fresh']));
    expect(new Set(at('n2').map(({ behind }) => behind))).toEqual(new Set([2]));
  });

  it('come and go while it runs, each with one request at a time', async () => {
    let open = 0;
    const { asked } = await run(ONE, { readers: ['n1'] }, 6, async ({ node }, workload) => {
      expect(++open).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      if (node === 'n1') workload.settings = { ...workload.settings, readers: ['n2'] };
      return problem(404, 'not_found');
    });
    expect(asked.map(({ node }) => node).slice(0, 3)).toEqual(['n1', 'n2', 'n2']);
  });

  it('show the session of the writer', async () => {
    const { asked } = await run(
      presetNamed('session'),
      { writer: 'n1', readers: ['n2'] },
      6,
      ({ method }) =>
        method === 'PUT' ? answer(200, '1', { 'x-quorate-session': 's1' }) : answer(200, '1'),
    );
    const read = asked.findLast(({ method }) => method === undefined);
    expect(read?.path).toBe('/kv/playground-session/k1?r=1&session=ryw&timeout=1000');
    expect(read?.headers).toEqual({ 'x-quorate-session': 's1' });
  });
});

describe('what was heard', () => {
  const siblings = { siblings: [{ value: '3' }, { value: '5' }, { valueBase64: '/w==' }] };

  it.each([
    ['a value', answer(200, '7'), { outcome: 'ok', output: { values: [7] } }],
    ['siblings', answer(300, siblings), { outcome: 'ok', output: { values: [3, 5, 0] } }],
    ['nothing', problem(404, 'not_found'), { outcome: 'ok', output: { values: [] } }],
    ['no bucket', problem(404, 'no_such_bucket'), { outcome: 'fail' }],
    ['a refusal', problem(503, 'read_quorum_not_met'), { outcome: 'fail' }],
    ['what is no number', answer(200, '<b>'), { outcome: 'ok', output: { values: [] } }],
  ])('of a read: %s', (_, given, heard) => {
    expect(heardOfRead(given)).toMatchObject(heard);
  });

  it.each([
    ['done', answer(204), 'ok'],
    ['refused', problem(503, 'too_few_replicas'), 'fail'],
    ['in doubt', problem(503, 'write_quorum_not_met', false), 'unknown'],
    ['in doubt, by a node that failed', answer(500, 'no document'), 'unknown'],
  ])('of a write: %s', (_, given, outcome) => {
    expect(heardOfWrite(given).outcome).toBe(outcome);
  });

  it('where there was no answer', () => {
    expect(heardOfSilence(new ApiError(0, 'no_answer', true, '')).outcome).toBe('fail');
    expect(heardOfSilence(new ApiError(0, 'no_answer', false, '')).outcome).toBe('unknown');
    expect(heardOfSilence(new Error('torn')).outcome).toBe('unknown');
  });
});

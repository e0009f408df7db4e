/** What the key explorer sends, and what it takes from answers. */

import { describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../../../src/dashboard/api.ts';
import {
  type PageMemory,
  REQUESTS_MAX,
  withRequest,
} from '../../../../src/dashboard/key/page-memory.ts';
import { levelNumber, overlapText, quorumOf } from '../../../../src/dashboard/key/quorum-text.ts';
import { keyAnswerOf } from '../../../../src/dashboard/key/read-answer.ts';
import { FIRST_DRAFT, prepared, whyNotSent } from '../../../../src/dashboard/key/request-draft.ts';
import { utf8 } from '../../../../src/kernel/bytes.ts';

const target = { bucket: 'carts', key: utf8('a b') };
const carried = { context: 'seen', etag: '"7"', sessionToken: 'token' };

describe('a request', () => {
  it('has the parameters that mean something to it', () => {
    const draft = { ...FIRST_DRAFT, r: '2', w: 'all', sloppy: false } as const;
    expect(prepared(target, 'dynamo', draft, carried)).toMatchObject({
      path: '/kv/carts/a%20b?r=2&sloppy=false&trace=true',
      parameters: 'r=2&sloppy=false',
      request: { method: 'GET', headers: {} },
    });
    const put = prepared(target, 'dynamo', { ...draft, method: 'PUT', value: 'v' }, carried);
    expect(put).toMatchObject({ parameters: 'w=all&sloppy=false', request: { body: 'v' } });
    expect(prepared(target, 'raft', draft, carried).parameters).toBe('');
  });

  it('bears the context of what was seen, unless it is to be a sibling', () => {
    const put = { ...FIRST_DRAFT, method: 'PUT' } as const;
    const headersOf = (draft: typeof put | (typeof put & { replaces: false })) =>
      prepared(target, 'dynamo', draft, carried).request.headers;
    expect(headersOf(put)).toEqual({ 'x-quorate-context': 'seen', 'content-type': 'text/plain' });
    expect(headersOf({ ...put, replaces: false })).toEqual({ 'content-type': 'text/plain' });
  });

  it('bears another value with all that is kept beside it', () => {
    const written = {
      value: Uint8Array.of(255),
      contentType: 'x/y',
      meta: { by: 'Zoe' },
      ttl: '60000ms',
    };
    const put = { ...FIRST_DRAFT, method: 'PUT', value: 'other' } as const;
    expect(prepared(target, 'dynamo', put, carried, written)).toMatchObject({
      path: '/kv/carts/a%20b?ttl=60000ms&trace=true',
      request: {
        body: written.value,
        headers: {
          'content-type': 'x/y',
          'x-quorate-context': 'seen',
          'x-quorate-meta-by': 'Zoe',
        },
      },
    });
  });

  it('bears a condition where there are versions', () => {
    const put = { ...FIRST_DRAFT, method: 'DELETE' } as const;
    const headersOf = (condition: 'none' | 'if-match' | 'if-none-match') =>
      prepared(target, 'paxos', { ...put, condition }, carried).request.headers;
    expect(headersOf('none')).toEqual({});
    expect(headersOf('if-match')).toEqual({ 'if-match': '"7"' });
    expect(headersOf('if-none-match')).toEqual({ 'if-none-match': '*' });
  });

  it('bears the token of its session, and no token without one', () => {
    const draft = { ...FIRST_DRAFT, session: 'ryw' } as const;
    const { parameters, request } = prepared(target, 'dynamo', draft, carried);
    expect([parameters, request.headers]).toEqual([
      'session=ryw',
      { 'x-quorate-session': 'token' },
    ]);
    expect(prepared(target, 'dynamo', FIRST_DRAFT, carried).request.headers).toEqual({});
  });

  it('is not sent with a content type that is no header', () => {
    const put = { ...FIRST_DRAFT, method: 'PUT' } as const;
    expect(whyNotSent({ ...put, contentType: 'text/é' })).toEqual(expect.any(String));
    expect(whyNotSent({ ...put, contentType: '' })).toBeUndefined();
  });
});

function answer(status: number, headers: Record<string, string>, body = ''): ApiAnswer {
  return {
    ...{ status, tookMs: 3 },
    headers: new Headers(headers),
    body: Uint8Array.from(new TextEncoder().encode(body)),
  };
}

const QUORUM = 'needed=2; reached=n1,n4 for n2; coordinator=n3; forwarded_by=n1';

describe('an answer', () => {
  it('has one value, with who was counted and the trace', () => {
    const trace = { requestId: 'r', node: 'n1', tookMs: 2, spans: [], leftOut: 0 };
    const got = keyAnswerOf(
      answer(
        200,
        {
          ...{ 'content-type': 'text/plain', etag: '"1"', 'x-quorate-context': 'c' },
          ...{ 'x-quorate-quorum': QUORUM, 'x-quorate-trace': JSON.stringify(trace) },
        },
        'milk',
      ),
    );
    expect(got).toMatchObject({ tone: 'good', context: 'c', etag: '"1"', trace });
    expect(got.values.map(({ value }) => Buffer.from(value).toString())).toEqual(['milk']);
    expect(got.quorum).toEqual({
      needed: 2,
      reached: ['n1', 'n4 for n2'],
      coordinator: 'n3',
      forwardedBy: 'n1',
    });
  });

  it('has siblings', () => {
    const siblings = [
      { value: '<b>', contentType: 'text/html', wallTime: 't', dot: 'a.1:1' },
      { valueBase64: '/wA=', contentType: 'x/y', wallTime: 't', dot: 'b.1:1' },
    ];
    const got = keyAnswerOf(answer(300, {}, JSON.stringify({ siblings })));
    expect([got.outcome, got.tone]).toEqual(['2 siblings', 'warn']);
    expect(got.values.map(({ value, dot }) => [[...value], dot])).toEqual([
      [[60, 98, 62], 'a.1:1'],
      [[255, 0], 'b.1:1'],
    ]);
  });

  it('tells nothing there from what failed, and what failed from what is in doubt', () => {
    const problem = (status: number, code: string, definite: boolean) =>
      keyAnswerOf(answer(status, {}, JSON.stringify({ code, definite, detail: 'why' })));
    expect(problem(404, 'not_found', true)).toMatchObject({
      ...{ outcome: 'nothing there', tone: 'quiet', detail: 'why', values: [] },
    });
    expect(problem(404, 'no_such_bucket', true)).toMatchObject({ tone: 'bad' });
    const doubt = problem(503, 'write_quorum_not_met', false);
    expect(doubt.tone).toBe('warn');
    expect(doubt.detail).toContain('not known');
  });
});

describe('what the page remembers', () => {
  const empty: PageMemory = { requests: [], sessionToken: 'old', pasts: new Map() };
  const sent = prepared(target, 'dynamo', FIRST_DRAFT, carried);
  const request = { sent, answer: undefined, trouble: 'no connection' };

  it('is the last requests, newest first, and the last session', () => {
    let memory = empty;
    for (let i = 0; i < REQUESTS_MAX + 5; i++) memory = withRequest(memory, request, new Date(0));
    expect(memory.requests).toHaveLength(REQUESTS_MAX);
    expect(memory.requests[0]?.number).toBe(REQUESTS_MAX + 5);
    expect(memory.sessionToken).toBe('old');
    const told = keyAnswerOf(answer(204, { 'x-quorate-session': 'new' }));
    expect(withRequest(memory, { ...request, answer: told }, new Date(0)).sessionToken).toBe('new');
  });
});

describe('quorums in words', () => {
  it('tell whether reads meet writes', () => {
    expect(overlapText(3, 2, 2, false)).toContain('4 > N = 3');
    expect(overlapText(3, 2, 2, true)).toContain('unless others stood in');
    expect(overlapText(3, 1, 1, true)).toContain('may miss');
    expect(overlapText(3, undefined, 1, true)).toBeUndefined();
    expect(['one', 'quorum', 'all', '2', '?'].map((level) => levelNumber(level, 3))).toEqual([
      ...[1, 2, 3, 2, undefined],
    ]);
    expect(quorumOf(null)).toBeUndefined();
  });
});

/** A watch over connections that break in all places, against a server that says what it is told. */

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeClient } from '../../../src/client/http-client.ts';
import type { WatchNews } from '../../../src/client/watch.ts';

type Answer = (response: ServerResponse) => void;

let server: Server;
let client: NodeClient;
let ending: AbortController;
/** One for each connection; after the last one it says nothing and stays. */
let answers: Answer[];
/** The targets that were asked for. */
let asked: string[];

beforeEach(async () => {
  answers = [];
  asked = [];
  ending = new AbortController();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answers.shift()?.(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new NodeClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  ending.abort();
  await client.close();
  server.closeAllConnections();
  server.close();
});

const put = (key: string, revision: number, last = true) =>
  `event: put\n${last ? `id: ${revision}\n` : ''}data: ${JSON.stringify({ key, value: 'v', contentType: 't', revision })}\n\n`;

const beat = (revision: number) => `: beat\nid: ${revision}\n\n`;

/** Says this and then ends the answer, in order or not. */
const streamed =
  (text: string, how: 'ends' | 'breaks' | 'stays'): Answer =>
  (response) => {
    response.writeHead(200).write(text, () => {
      if (how === 'ends') response.end();
      if (how === 'breaks') response.destroy();
    });
  };

const refused =
  (status: number, code: string): Answer =>
  (response) =>
    response.writeHead(status).end(JSON.stringify({ code, detail: `because of ${code}` }));

const watch = () => client.watch('b', { after: 1, signal: ending.signal });

/** As many news as there are until the one of this key. */
async function newsUntil(key: string): Promise<WatchNews[]> {
  const news: WatchNews[] = [];
  for await (const each of watch()) {
    news.push(each);
    if (each.type === 'put' && Buffer.from(each.key).toString() === key) return news;
  }
  return news;
}

const brief = (news: readonly WatchNews[]) =>
  news.map((each) => [
    each.type,
    each.revision,
    ...('key' in each ? [Buffer.from(each.key).toString()] : []),
  ]);

describe('a watch', () => {
  it('goes on where it was, and tells changes of one revision once', async () => {
    answers = [
      streamed(beat(1) + put('a', 2) + put('b', 3, false), 'breaks'),
      refused(503, 'metadata_unavailable'),
      streamed(beat(2) + put('b', 3, false) + put('c', 3) + beat(9), 'ends'),
      streamed(beat(9) + put('d', 10), 'stays'),
    ];
    expect(brief(await newsUntil('d'))).toEqual([
      ['connected', 1],
      ['put', 2, 'a'],
      ['lost', 2],
      ['connected', 2],
      ['put', 3, 'b'],
      ['put', 3, 'c'],
      ['lost', 9],
      ['connected', 9],
      ['put', 10, 'd'],
    ]);
    expect(asked).toEqual([1, 2, 2, 9].map((after) => `/watch/b?after=${after}`));
  });

  it('ends with the error that waiting does not help against', async () => {
    answers = [streamed(beat(1), 'breaks'), refused(410, 'watch_compacted')];
    await expect(newsUntil('x')).rejects.toMatchObject({ code: 'watch_compacted' });
    answers = [
      streamed(
        `${beat(1)}event: compacted\ndata: {"code": "watch_compacted", "detail": "x"}\n\n`,
        'ends',
      ),
    ];
    await expect(newsUntil('x')).rejects.toMatchObject({ code: 'watch_compacted' });
  });

  it('does not begin where there is nobody, or nobody who can', async () => {
    answers = [refused(503, 'metadata_unavailable')];
    await expect(newsUntil('x')).rejects.toMatchObject({ code: 'metadata_unavailable' });
    answers = [(response) => response.destroy()];
    await expect(newsUntil('x')).rejects.toMatchObject({ failure: 'disconnected' });
  });

  it('ends by its signal, connected or not', async () => {
    answers = [streamed(beat(1), 'stays'), streamed(beat(1), 'breaks')];
    for (const last of ['connected', 'lost']) {
      ending = new AbortController();
      const types: string[] = [];
      for await (const { type } of watch()) {
        types.push(type);
        if (type === last) ending.abort();
      }
      expect(types.at(-1)).toBe(last);
    }
  });
});

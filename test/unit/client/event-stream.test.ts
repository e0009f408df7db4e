import { describe, expect, it } from 'vitest';
import { eventsOf, type StreamEvent } from '../../../src/client/event-stream.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function parse(text: string, size: number): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of eventsOf(chunksOf(utf8(text), size))) events.push(event);
  return events;
}

const TEXT =
  'retry: 1000\n: beat\nid: 5\n\nevent: put\ndata: {"a": "é: ü"}\n\nevent: delete\nid: 7\ndata: {}\n\nevent: cut';

describe('server-sent events', () => {
  it.each([1, 2, 3, 7, 1_000])('are the same in pieces of %i bytes', async (size) => {
    expect(await parse(TEXT, size)).toEqual([
      { event: undefined, id: '5', data: undefined },
      { event: 'put', id: undefined, data: '{"a": "é: ü"}' },
      { event: 'delete', id: '7', data: '{}' },
    ]);
  });

  it('are none where nothing was ended', async () => {
    expect(await parse('event: put\ndata: {}\n', 4)).toEqual([]);
  });
});

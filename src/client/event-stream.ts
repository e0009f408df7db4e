/**
 * Server-sent events (HTML Living Standard, section 9.2), as far as a node sends them: lines
 * end with a line feed, and each field is there at most once.
 */

export interface StreamEvent {
  /** Absent of a beat, which only tells the id. */
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string | undefined;
}

/** Events in the order in which they end; one that is cut off is none. */
export async function* eventsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
    text = blocks.pop() as string;
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block: string): StreamEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name, value.join(': ')];
    }),
  );
  return { event: fields.get('event'), id: fields.get('id'), data: fields.get('data') };
}

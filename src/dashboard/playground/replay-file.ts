/** A recorded history out of a file: of the laboratory (compressed by gzip), or of `quorate check`. */

import type { History } from '../../checkers/history.ts';
import { decodeHistory } from '../../checkers/history-codec.ts';
import { HistoryError } from '../../checkers/history-error.ts';

/** Unpacked; what is longer would hold up the page for too long. */
const BYTES_MAX = 100 * 1024 * 1024;

const GZIP = [0x1f, 0x8b];

/** Throws an `Error` whose text says what is wrong. */
export async function historyIn(file: Blob): Promise<History> {
  const start = new Uint8Array(await file.slice(0, GZIP.length).arrayBuffer());
  const isPacked = GZIP.every((byte, at) => start[at] === byte);
  const bytes = file.stream();
  const text = await textOf(isPacked ? bytes.pipeThrough(new DecompressionStream('gzip')) : bytes);
  try {
    return decodeHistory(text);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    throw new Error(
      `this is no recorded history: ${error.message}. The laboratory keeps them as NAME.history.jsonl.gz in the folder of each run.`,
    );
  }
}

async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let [text, bytes] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Error('the file is damaged: it cannot be unpacked');
    });
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > BYTES_MAX) {
      await reader.cancel();
      throw new Error(
        `the history has more than ${BYTES_MAX / 1024 / 1024} MiB: too much for a page`,
      );
    }
    text += decoder.decode(value, { stream: true });
  }
}

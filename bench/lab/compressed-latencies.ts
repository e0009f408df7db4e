/** Latencies as they are kept among the figures of an experiment. */

import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { latencyHistogram, recordMs } from '../throughput/recording.ts';

/** In microseconds to three digits: HdrHistogram's compressed format in base64. */
export function compressedLatencies(allMs: readonly number[]): string {
  const histogram = latencyHistogram();
  for (const ms of allMs) recordMs(histogram, ms);
  return encodeIntoCompressedBase64(histogram);
}

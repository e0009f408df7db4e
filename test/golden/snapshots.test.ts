/**
 * What a log makes of the state: a node that applies what a released version wrote must come to
 * the state of the nodes that run it, the replies that are kept included.
 */

import { expect, it } from 'vitest';
import { MetadataState } from '../../src/metadata/state.ts';
import { describeGolden, type GoldenForm, goldenBytes, hexOf } from './golden-forms.ts';
import { FULLEST, founding, log } from './metadata-log.ts';

const commands = [...goldenBytes('v0.1.0', 'commands').values()];

const bytesOf = (state: MetadataState) => Buffer.concat([...state.snapshot()]);

/** Goes on with the log up to this index. */
function applied(state: MetadataState, index: number): Buffer {
  for (const data of commands.slice(state.index - 1, index - 1)) state.apply(state.index + 1, data);
  expect(state.index).toBe(index);
  return bytesOf(state);
}

/** Equal states have equal bytes. */
function snapshotAt(name: string, index: number): GoldenForm {
  const value = applied(MetadataState.founding(founding), index);
  const decode = (bytes: Buffer) => bytesOf(MetadataState.decode([bytes]));
  return { name, value, encode: () => value, decode };
}

const END = log.length + 1;

describeGolden('v0.1.0', 'snapshots', [
  snapshotAt('founded', 1),
  snapshotAt('fullest', FULLEST),
  snapshotAt('end', END),
]);

it('a state that was taken up goes on as the one that it was taken of', () => {
  const { fullest, end } = Object.fromEntries(goldenBytes('v0.1.0', 'snapshots'));
  const state = MetadataState.decode([fullest as Buffer]);
  expect(hexOf(applied(state, END))).toBe(hexOf(end as Buffer));
});

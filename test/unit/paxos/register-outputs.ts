/** What registers answer, as a history has it. */

import type { Output } from '../../../src/checkers/history.ts';
import { ballotText, isZero } from '../../../src/paxos/ballot.ts';
import type { ChangeResult, RegisterRead } from '../../../src/paxos/messages.ts';

export function outputOfRead({ version, content }: RegisterRead) {
  if (content === undefined) return { value: null, version: null };
  return { value: Buffer.from(content.value).toString(), version: ballotText(version) };
}

export function outputOfChange({ outcome, version }: ChangeResult): Output {
  if (outcome === 'applied') return { version: ballotText(version) };
  return { applied: false, version: isZero(version) ? null : ballotText(version) };
}

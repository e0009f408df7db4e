/** Ballots, ids and contents for tests. */

import type { Content } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { Ballot } from '../../../src/paxos/ballot.ts';
import { NEVER_WRITTEN, type Register } from '../../../src/paxos/register.ts';

export function ballot(counter: number, epoch = 1, nodeNo = 1): Ballot {
  return { epoch, counter, nodeNo, boot: 1 };
}

/** One that was made at this time, in ms since 1970. */
export function requestId(timeMs: number, which = 0): Uint8Array {
  const id = Buffer.alloc(16);
  id.writeUIntBE(timeMs, 0, 6);
  id[6] = 0x70;
  id[8] = 0x80;
  id[15] = which;
  return id;
}

export function content(text: string, more: Partial<Content> = {}): Content {
  return { value: utf8(text), contentType: 'text/plain', meta: [], ...more };
}

export function holding(text: string, version: Ballot, more: Partial<Content> = {}) {
  return { ...NEVER_WRITTEN, version, content: content(text, more) } satisfies Register;
}

export function textIn(register: Pick<Register, 'content'> | undefined): string | undefined {
  return register?.content && Buffer.from(register.content.value).toString();
}

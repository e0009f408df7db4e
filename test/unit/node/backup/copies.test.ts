/** What copies of several nodes say together of one key. */

import { describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../../src/causality/context.ts';
import { decodeObject, encodeObject } from '../../../../src/causality/object-codec.ts';
import { NEW_SESSION } from '../../../../src/causality/session-token.ts';
import { decodeCarried, encodeCarried } from '../../../../src/causality/session-token-codec.ts';
import { ABSENT, type SiblingObject, supersede } from '../../../../src/causality/sibling-object.ts';
import { bufferOf, utf8 } from '../../../../src/kernel/bytes.ts';
import { decodeContent } from '../../../../src/kernel/restored-content.ts';
import { objectOfCopies, registerOfCopies } from '../../../../src/node/backup/copies.ts';
import { encodeAcceptorRecord } from '../../../../src/paxos/acceptor-record.ts';
import type { Ballot } from '../../../../src/paxos/ballot.ts';
import { NEVER_WRITTEN } from '../../../../src/paxos/register.ts';
import { encodeRegister } from '../../../../src/paxos/register-codec.ts';

/** Each of an actor of its own. */
function dotOf(write: number) {
  return { lineage: 9, actorEpoch: write, counter: 1 };
}

function put(local: SiblingObject, value: string, counter: number, seen = EMPTY_CONTEXT) {
  const content = { value: utf8(value), contentType: '', meta: [], hlc: counter };
  return supersede(local, seen, dotOf(counter), content);
}

function seen({ clock }: SiblingObject) {
  return { ...EMPTY_CONTEXT, clock };
}

function valuesOf(copies: readonly SiblingObject[]): readonly string[] | undefined {
  const object = objectOfCopies(copies.map(encodeObject));
  return object && decodeObject(object).siblings.map(({ value }) => bufferOf(value).toString());
}

describe('copies of an object', () => {
  const first = put(ABSENT, 'first', 1);
  const second = put(first, 'second', 2, seen(first));
  const beside = put(first, 'beside', 3);
  const gone = supersede(first, seen(first), dotOf(4), undefined);

  it('merge: what one of them replaced is gone, siblings stay', () => {
    expect(valuesOf([first, second])).toEqual(['second']);
    expect(valuesOf([second, first, first])).toEqual(['second']);
    expect(valuesOf([first, beside])).toEqual(['first', 'beside']);
  });

  it('are nothing where one of them says that it was deleted', () => {
    for (const copies of [[gone], [first, gone], [gone, first, first]]) {
      expect(valuesOf(copies)).toBeUndefined();
    }
    expect(valuesOf([gone, beside])).toEqual(['beside']);
  });

  it('keep dots, clocks and stamps, and lose what sessions of the old cluster remembered', () => {
    const entry = { bucketNumber: 5, keyHash: 6n, context: EMPTY_CONTEXT };
    const token = { ...NEW_SESSION, entries: [{ ...entry, absent: false, readsOnly: false }] };
    const carried = encodeCarried(token);
    const content = {
      value: utf8('v'),
      contentType: '',
      meta: [],
      hlc: 77,
      expiresAt: 99,
      carried,
    };
    const dot = { lineage: 1, actorEpoch: 2, counter: 3 };
    const object = supersede(ABSENT, EMPTY_CONTEXT, dot, content);
    const restored = decodeObject(objectOfCopies([encodeObject(object)]) as Uint8Array);
    expect(restored.clock).toEqual(object.clock);
    const [sibling] = restored.siblings;
    expect(sibling).toMatchObject({ dot, hlc: 77, expiresAt: 99 });
    const left = decodeCarried(sibling?.carried as Uint8Array);
    expect(left).toEqual({ ...NEW_SESSION, truncated: true });
  });
});

describe('copies of a register', () => {
  const ballot = (epoch: number, counter: number): Ballot => ({
    epoch,
    counter,
    nodeNo: 1,
    boot: 1,
  });

  function copy(accepted: Ballot, value: string | undefined, copied = false): Uint8Array {
    const content =
      value === undefined
        ? undefined
        : { value: utf8(value), contentType: 'text/plain', meta: [], expiresAt: 5 };
    const register = encodeRegister({ ...NEVER_WRITTEN, version: accepted, content });
    return encodeAcceptorRecord({ promised: ballot(99, 99), accepted, copied, register });
  }

  const chosenOf = (...copies: readonly Uint8Array[]) => {
    const content = registerOfCopies(copies);
    return content && bufferOf(decodeContent(content).value).toString();
  };

  it('stand by the highest ballot that was accepted, whatever was promised', () => {
    expect(chosenOf(copy(ballot(1, 9), 'older'), copy(ballot(2, 1), 'newer'))).toBe('newer');
    expect(chosenOf(copy(ballot(2, 1), 'newer'), copy(ballot(1, 9), 'older'))).toBe('newer');
    expect(chosenOf(copy(ballot(1, 1), 'a'), copy(ballot(1, 2), 'b', true))).toBe('b');
    expect(decodeContent(registerOfCopies([copy(ballot(1, 1), 'a')]) as Uint8Array)).toMatchObject({
      contentType: 'text/plain',
      expiresAt: 5,
    });
  });

  it('are nothing where that one is absent', () => {
    expect(chosenOf(copy(ballot(1, 1), 'deleted'), copy(ballot(1, 2), undefined))).toBeUndefined();
  });
});

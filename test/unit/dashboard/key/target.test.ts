/** Which key is looked at, in fields, addresses and paths. */

import { describe, expect, it } from 'vitest';
import {
  hashOfTarget,
  inspectionPath,
  keyOf,
  type Target,
  targetOf,
  typedKeyOf,
  valuePath,
  whyOutOfReach,
} from '../../../../src/dashboard/key/target.ts';
import { placeOf } from '../../../../src/dashboard/route.ts';
import { utf8 } from '../../../../src/kernel/bytes.ts';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  'a/b/../c',
  'ümläut & ?x=1#y',
  '%41',
  '\u202egnp.exe',
  '\u0000',
  ' ',
];

describe('a key', () => {
  it('is text or bytes with escapes', () => {
    expect(keyOf({ form: 'text', text: 'é%00' })).toEqual(utf8('é%00'));
    expect(keyOf({ form: 'escapes', text: 'a%00%fFé' })).toEqual(
      Uint8Array.of(0x61, 0, 0xff, 0xc3, 0xa9),
    );
    for (const text of ['%', '%0', '%zz', 'a%1']) {
      expect(keyOf({ form: 'escapes', text })).toBeUndefined();
    }
  });

  it('is typed with escapes only where text could not be seen', () => {
    expect(typedKeyOf(utf8('alice/ü'))).toEqual({ form: 'text', text: 'alice/ü' });
    expect(typedKeyOf(Uint8Array.of(0xff))).toEqual({ form: 'escapes', text: '%FF' });
    expect(typedKeyOf(utf8('\u202ea')).form).toBe('escapes');
  });

  it.each(HOSTILE)('%j comes back from the address of the page', (text) => {
    const target: Target = { bucket: 'carts', key: utf8(text) };
    const { name, query } = placeOf(hashOfTarget(target), 'ring');
    expect(name).toBe('key');
    expect(targetOf(query)).toEqual(target);
  });

  it.each(HOSTILE)('%j keeps its bytes in the paths of requests', (text) => {
    const path = valuePath({ bucket: 'carts', key: utf8(text) });
    const { pathname } = new URL(path, 'http://n1');
    expect(pathname).toBe(path);
    expect(decodeURIComponent(pathname.slice('/kv/carts/'.length))).toBe(text);
  });

  it('is not looked at where none is named, or its escapes are malformed', () => {
    for (const query of ['', 'bucket=carts', 'key=a', 'bucket=carts&bytes=%25zz']) {
      expect(targetOf(new URLSearchParams(query))).toBeUndefined();
    }
  });

  it('of dots alone is out of reach of browsers', () => {
    const out = ['.', '..'].map((key) => whyOutOfReach({ bucket: 'b', key: utf8(key) }));
    expect(out).toEqual([expect.any(String), expect.any(String)]);
    expect(whyOutOfReach({ bucket: '..', key: utf8('a') })).toEqual(expect.any(String));
    for (const key of ['...', 'a.', './a']) {
      expect(whyOutOfReach({ bucket: 'b', key: utf8(key) })).toBeUndefined();
    }
  });

  it('is looked into with a deadline of its own', () => {
    expect(inspectionPath({ bucket: 'b', key: utf8('a/b') })).toBe(
      '/cluster/keys/b/a%2Fb?timeout=1000',
    );
  });
});

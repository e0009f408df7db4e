import { expect, it } from 'vitest';
import { contextSeal } from '../../../src/adapters/context-seal.ts';

it('takes a secret as text or as its UTF-8 bytes, to the same effect', () => {
  const context = Uint8Array.of(1, 2, 3);
  const seal = contextSeal('Grüße')(context);
  expect(contextSeal(new TextEncoder().encode('Grüße'))(context)).toBe(seal);
  expect(contextSeal(Uint8Array.of(7))(context)).not.toBe(seal);
});

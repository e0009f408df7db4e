/** What clients carry: it comes back whenever they like. */

import { contextSeal } from '../../src/adapters/context-seal.ts';
import { decodeContext, encodeContext } from '../../src/causality/context-codec.ts';
import {
  decodeCarried,
  decodeSession,
  encodeCarried,
  encodeSession,
} from '../../src/causality/session-token-codec.ts';
import { utf8 } from '../../src/kernel/bytes.ts';
import { keyHash } from '../../src/ring/key-hash.ts';
import { describeGolden, formsOf } from './golden-forms.ts';
import { context, session } from './some-versions.ts';

const cluster = 0x0123_4567_89ab_cdefn;
const seal = contextSeal(Buffer.alloc(32, 7));
const scope = { cluster, keyHash: keyHash('carts', utf8('alice')), seal };

describeGolden('v0.1.0', 'tokens', [
  ...formsOf(
    {
      encode: (value) => utf8(encodeContext(value, scope)),
      decode: (bytes) => decodeContext(bytes.toString(), scope),
    },
    { context, 'context of nothing': { clock: [], dots: [], reap: 0 } },
  ),
  ...formsOf(
    {
      encode: (value) => utf8(encodeSession(value, scope)),
      decode: (bytes) => decodeSession(bytes.toString(), scope),
    },
    { session },
  ),
  ...formsOf(
    { encode: encodeCarried, decode: decodeCarried },
    { 'what a value carries of a session': session },
  ),
]);

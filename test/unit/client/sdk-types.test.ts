/** What the compiler knows of the SDK: checked by `tsc`, which reads this file like all others. */

import { expectTypeOf, it } from 'vitest';
import {
  type Found,
  type FoundOne,
  json,
  lww,
  type Quorate,
  type QuorateError,
  type Settled,
  type StandardSchemaV1,
  schema,
  text,
  union,
  type Written,
} from '../../../src/client/index.ts';

declare const standard: StandardSchemaV1<{ at: string }, { at: Date }>;

it('types are those of the codec, and siblings are seen unless there is a resolver', () => {
  const asked = async (db: Quorate) => {
    const plain = db.bucket<string[]>('b');
    const found = await plain.get('k');
    expectTypeOf(found).toEqualTypeOf<Found<string[]>>();
    // @ts-expect-error there may be siblings: look at `found` first
    found.value;
    if (found.found === 'value') expectTypeOf(found.value).toEqualTypeOf<string[]>();
    if (found.found === 'siblings')
      expectTypeOf(found.siblings[0]?.value).toEqualTypeOf<string[] | undefined>();

    const resolved = db.bucket<string[]>('b', { resolve: union() });
    expectTypeOf(await resolved.get('k')).toEqualTypeOf<FoundOne<string[]>>();
    expectTypeOf((await resolved.get('k')).value).toEqualTypeOf<string[] | undefined>();

    expectTypeOf((await db.bucket('b').get('k')).found).toEqualTypeOf<
      'value' | 'nothing' | 'siblings'
    >();
    const inferred = db.bucket('b', { codec: text(), resolve: lww() });
    expectTypeOf((await inferred.get('k')).value).toEqualTypeOf<string | undefined>();
    // @ts-expect-error a text is no number
    await inferred.put('k', 1);

    const events = db.bucket('b', { codec: schema(standard), resolve: lww() });
    expectTypeOf((await events.get('k')).value).toEqualTypeOf<{ at: Date } | undefined>();
    await events.put('k', { at: '2026-01-01' });
    await events.update('k', (event) => ({ at: event?.at.toISOString() ?? '' }));
    // @ts-expect-error what is written is the schema's input
    await events.put('k', { at: new Date() });

    const results = await resolved.batch([
      { op: 'get', key: 'a' },
      { op: 'put', key: 'b', value: ['x'] },
    ]);
    expectTypeOf(results).toEqualTypeOf<[Settled<FoundOne<string[]>>, Settled<Written>]>();
    // @ts-expect-error a session is of one key at a time
    db.session('causal').bucket('b').batch([]);
    // @ts-expect-error there is no such guarantee
    db.session('strong');
    // @ts-expect-error a session's time is the request's
    await plain.get('k', { timeout: 1 });
    expectTypeOf(json<number>().decode).returns.toEqualTypeOf<number | Promise<number>>();
    const [failed] = results;
    if (!failed.ok) expectTypeOf(failed.error.outcome).toEqualTypeOf<QuorateError['outcome']>();
  };
  expectTypeOf(asked).parameter(0).toEqualTypeOf<Quorate>();
});

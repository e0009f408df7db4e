/** What clients ask for, and what each of it promises them. */

import type { CheckName } from '../../../src/checkers/violation.ts';
import type { BucketSettings } from '../../../src/client/request-options.ts';

export interface SessionVariant {
  readonly name: string;
  /** For charts and tables. */
  readonly title: string;
  readonly bucket: string;
  readonly settings: BucketSettings;
  /** R and W, of 3 replicas. */
  readonly level: 1 | 2;
  /** The guarantee that requests ask for. */
  readonly session?: string;
  /** The token of each answer is thrown away: the promise is broken on purpose, by the client. */
  readonly forgetful?: true;
  /** Writes name what the last answer of the key had shown. */
  readonly sendsContext?: true;
  readonly promises: readonly CheckName[];
}

export const JUDGED_BY = ['ryw', 'mr', 'mw', 'wfr', 'causal'] as const;
const OF_KEYS = ['ryw', 'mr', 'mw', 'wfr'] as const;

export const VARIANTS: readonly SessionVariant[] = [
  variant({ name: 'off', title: 'R=W=1, no session', level: 1, promises: [] }),
  variant({
    name: 'context',
    title: 'R=W=1, with contexts',
    level: 1,
    sendsContext: true,
    promises: [],
  }),
  // Of acknowledged writes, since a read asks at least one of those that acknowledged.
  variant({ name: 'quorum', title: 'R=W=2, strict', level: 2, promises: ['ryw'] }),
  ...OF_KEYS.map((guarantee) => ofSession(guarantee, [guarantee])),
  ofSession('session', OF_KEYS),
  ofSession('causal', JUDGED_BY),
  variant({
    name: 'forgetful',
    title: 'session=session, token lost',
    level: 1,
    session: 'session',
    forgetful: true,
    promises: [],
  }),
];

function ofSession(guarantee: string, promises: readonly CheckName[]): SessionVariant {
  const title = `session=${guarantee}`;
  return variant({ name: guarantee, title, level: 1, session: guarantee, promises });
}

function variant(described: Omit<SessionVariant, 'bucket' | 'settings'>): SessionVariant {
  const settings = { mode: 'dynamo' } as const;
  return { ...described, bucket: `lab-session-${described.name}`, settings };
}

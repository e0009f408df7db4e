/** A bucket while somebody fills in its form. */

import type { BucketDocument, BucketMode, ConflictPolicy } from '../../client/cluster-documents.ts';

/** As the fields of the form have it. An empty one is left out. */
export interface BucketDraft {
  readonly name: string;
  readonly mode: BucketMode;
  readonly n: string;
  readonly r: string;
  readonly w: string;
  readonly conflict: ConflictPolicy | '';
  readonly ttl: string;
  /** It is there: what cannot change is shown and not sent. */
  readonly exists: boolean;
}

export const EMPTY_BUCKET: BucketDraft = {
  name: '',
  mode: 'dynamo',
  n: '',
  r: '',
  w: '',
  conflict: '',
  ttl: '',
  exists: false,
};

type Setting = 'n' | 'r' | 'w' | 'conflict' | 'ttl';

/** Which settings mean something in a mode. */
export const SETTINGS_OF: Readonly<Record<BucketMode, readonly Setting[]>> = {
  dynamo: ['n', 'r', 'w', 'conflict', 'ttl'],
  paxos: ['n', 'ttl'],
  raft: [],
};

export function draftOf({ name, mode, n, r, w, conflict, ttl }: BucketDocument): BucketDraft {
  const text = (value: number | string | undefined) => (value === undefined ? '' : String(value));
  return {
    ...{ name, mode, n: text(n), r: text(r), w: text(w) },
    ...{ conflict: conflict ?? '', ttl: ttl ?? '', exists: true },
  };
}

/** As it is sent. Bounds are the node's to check. */
export function settingsOf(draft: BucketDraft): Readonly<Record<string, unknown>> {
  const { mode, exists } = draft;
  const sent = SETTINGS_OF[mode]
    .filter((setting) => draft[setting].trim() !== '' && !(exists && setting === 'n'))
    .map((setting) => [setting, settingValue(draft[setting].trim())]);
  return { ...(exists ? {} : { mode }), ...Object.fromEntries(sent) };
}

function settingValue(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** What may be seen of words that are appended to one key, each once, and deleted all together. */

export interface Asked {
  readonly op: 'append' | 'delete' | 'read';
  readonly key: string;
  /** Names the change, and is what is appended. */
  readonly word: string;
  readonly start: number;
  end: number;
  /** `refused`: it certainly did nothing, and never will. */
  outcome: 'ok' | 'refused' | 'unknown';
  /** By a read, in their order. */
  readonly seen: readonly string[];
}

/** Of one key; for a person. */
export function violationsIn(history: readonly Asked[]): readonly string[] {
  const reads = history.filter(({ op }) => op === 'read');
  const appends = history.filter(({ op }) => op === 'append');
  const deletes = history.filter(({ op }) => op === 'delete');
  const found = reads.flatMap((read) => [
    ...impossibleIn(read, appends),
    ...returnedIn(read, appends, deletes, reads),
  ]);
  const order =
    deletes.length > 0 ? [] : reads.flatMap((read) => forgottenIn(read, appends, reads));
  return [...new Set([...found, ...order])];
}

function impossibleIn(read: Asked, appends: readonly Asked[]): readonly string[] {
  const { seen, end } = read;
  const twice = seen.filter((word, at) => seen.indexOf(word) !== at);
  const never = appends.filter(
    ({ word, outcome, start }) => seen.includes(word) && (outcome === 'refused' || start > end),
  );
  return [
    ...twice.map((word) => `${word} happened twice`),
    ...never.map(({ word }) => `${word} happened, though it was refused or not yet asked for`),
  ];
}

/** Before a delete it was there, or was confirmed, and after it it is. */
function returnedIn(
  { seen, start }: Asked,
  appends: readonly Asked[],
  deletes: readonly Asked[],
  reads: readonly Asked[],
): readonly string[] {
  const past = deletes.filter(({ outcome, end }) => outcome === 'ok' && end < start);
  const lastStart = Math.max(...past.map((one) => one.start));
  const isBefore = ({ outcome, end }: Asked) => outcome === 'ok' && end < lastStart;
  return appends
    .filter(({ word }) => seen.includes(word))
    .filter(
      (append) =>
        isBefore(append) || reads.some((read) => isBefore(read) && read.seen.includes(append.word)),
    )
    .map(({ word }) => `${word} returned after it was deleted`);
}

/** Where nothing is deleted: what was confirmed or seen before stays, and in its place. */
function forgottenIn(
  { seen, start }: Asked,
  appends: readonly Asked[],
  reads: readonly Asked[],
): readonly string[] {
  const lost = appends.filter(
    ({ outcome, end, word }) => outcome === 'ok' && end < start && !seen.includes(word),
  );
  const changed = reads.filter(
    (earlier) => earlier.end < start && earlier.seen.some((word, at) => seen[at] !== word),
  );
  return [
    ...lost.map(({ word }) => `${word} was lost`),
    ...changed.map(({ end }) => `what was read at ${end} was read otherwise at ${start}`),
  ];
}

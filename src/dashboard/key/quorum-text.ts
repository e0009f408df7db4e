/** `X-Quorate-Quorum`, taken apart. */

export interface AnsweredQuorum {
  readonly needed: number;
  /** Who was counted, with `n4 for n2` where n4 stood in. */
  readonly reached: readonly string[];
  readonly coordinator: string;
  /** The node that was asked, where another coordinated. */
  readonly forwardedBy: string | undefined;
}

/** Undefined where there is none, as of raft buckets. */
export function quorumOf(header: string | null): AnsweredQuorum | undefined {
  if (header === null) return undefined;
  const fields = new Map(
    header.split('; ').map((field): [string, string] => {
      const at = field.indexOf('=');
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  const reached = (fields.get('reached') ?? '').split(',').filter((name) => name !== '');
  return {
    needed: Number(fields.get('needed') ?? 0),
    reached,
    coordinator: fields.get('coordinator') ?? '',
    forwardedBy: fields.get('forwarded_by'),
  };
}

/** In words. */
export function quorumWords({ needed, reached, coordinator, forwardedBy }: AnsweredQuorum): string {
  const counted = reached.length === 0 ? 'nobody' : reached.join(', ');
  const handed = forwardedBy === undefined ? '' : `, to whom ${forwardedBy} had handed it`;
  return `${needed} needed; counted: ${counted}. Coordinated by ${coordinator}${handed}.`;
}

/**
 * What a read of R and a write of W replicas of N promise each other; undefined where either is
 * not a number that is known.
 */
export function overlapText(
  n: number,
  r: number | undefined,
  w: number | undefined,
  sloppy: boolean,
) {
  if (r === undefined || w === undefined) return undefined;
  const sum = `R + W = ${r + w}`;
  if (r + w <= n) return `${sum} ≤ N = ${n}: a read may miss the last write.`;
  const met = `${sum} > N = ${n}: a read meets every write that was acknowledged before it`;
  return sloppy ? `${met}, unless others stood in for replicas.` : `${met}.`;
}

/** `one`, `quorum` and `all` of n replicas; undefined where it is no level. */
export function levelNumber(level: string, n: number): number | undefined {
  if (level === 'one') return 1;
  if (level === 'quorum') return Math.floor(n / 2) + 1;
  if (level === 'all') return n;
  return /^\d+$/.test(level) ? Number(level) : undefined;
}

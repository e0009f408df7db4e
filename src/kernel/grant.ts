/** What a token allows: a role, in all buckets or in those whose names begin so. */

/** Each may do what those before it may. */
export const ROLES = ['read', 'write', 'admin'] as const;

export type Role = (typeof ROLES)[number];

export interface Grant {
  /** Of the token; for people. */
  readonly name: string;
  readonly role: Role;
  /** The names of its buckets begin with one of these; none: all buckets, and the cluster. */
  readonly prefixes: readonly string[];
}

export function roleIncludes(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export function reachesBucket({ prefixes }: Grant, bucket: string): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => bucket.startsWith(prefix));
}

/** In words: `role write for buckets that begin with "cart-"`. */
export function grantText({ role, prefixes }: Omit<Grant, 'name'>): string {
  if (prefixes.length === 0) return `role ${role}`;
  const names = prefixes.map((prefix) => JSON.stringify(prefix)).join(' or ');
  return `role ${role} for buckets that begin with ${names}`;
}

/** The command `ip`, and the names of what was made with it. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

/** Something that bears the id of the process that made it in its name. */
export interface Owned {
  readonly kind: 'namespace' | 'link';
  readonly name: string;
  /** A process id. */
  readonly owner: number;
}

/** Names of links have at most 15 characters. */
const NAMESPACE = /^quorate-([0-9]+)-/;
const LINK = /^qrt([0-9]+)\./;

export function ownedName(id: string) {
  return { netns: `quorate-${process.pid}-${id}`, link: `qrt${process.pid}.${id}` };
}

export function runIp(args: readonly string[], command = 'ip'): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: 'utf8' });
}

/** Why it failed; undefined: it did not. */
export function failureOf(args: readonly string[], command = 'ip'): string | undefined {
  const { status, stderr, error } = runIp(args, command);
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : stderr.trim() || `exit code ${status}`;
}

/** Returns what it printed. Throws where it failed. */
export function ip(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = runIp(args);
  if (error === undefined && status === 0) return stdout;
  throw new Error(`ip ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}

export function ownedNamespaces(): readonly Owned[] {
  const names = ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  return names.flatMap((name) => ownedBy('namespace', name, NAMESPACE.exec(name)));
}

/** Of bridges, and of veth pairs whose namespace is there. */
export function ownedLinks(): readonly Owned[] {
  const lines = ip('-o', 'link', 'show').split('\n');
  const names = lines.map((line) => line.split(': ')[1]?.split('@')[0] ?? '');
  return names.flatMap((name) => ownedBy('link', name, LINK.exec(name)));
}

function ownedBy(kind: Owned['kind'], name: string, found: RegExpExecArray | null): Owned[] {
  return found === null ? [] : [{ kind, name, owner: Number(found[1]) }];
}

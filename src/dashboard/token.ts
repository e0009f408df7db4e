/**
 * The token that requests of this page bear. It is kept for this tab alone and gone with it: what
 * a tab keeps for good, whoever sits at the machine next would find.
 */

const KEY = 'quorate-token';

export type Access = 'open' | 'needed';

let access: Access = 'open';
const listeners = new Set<() => void>();

export function currentToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

/** `needed`: the node asked for a token, or did not know the one that it was shown. */
export function currentAccess(): Access {
  return access;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
  change('open');
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
  change('needed');
}

export function onAccessChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(now: Access): void {
  access = now;
  for (const listener of listeners) listener();
}

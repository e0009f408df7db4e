/** Something that a button does at a node, and what became of it. */

import { useCallback, useRef, useState } from 'preact/hooks';
import { ApiError } from './api.ts';

export interface Action {
  readonly busy: boolean;
  /** Why the last one failed, in words; undefined: it did not. */
  readonly trouble: string | undefined;
  /** What the last one has done; undefined: none has. */
  readonly done: string | undefined;
  /** Does it, unless one is under way; resolves to whether it was done. */
  readonly run: (work: () => Promise<string>) => Promise<boolean>;
}

export function useAction(): Action {
  const [state, setState] = useState<Omit<Action, 'run'>>(NOTHING);
  const isUnderWay = useRef(false);
  const run = useCallback(async (work: () => Promise<string>) => {
    if (isUnderWay.current) return false;
    isUnderWay.current = true;
    setState({ ...NOTHING, busy: true });
    try {
      const done = await work();
      setState({ ...NOTHING, done });
      return true;
    } catch (error) {
      setState({ ...NOTHING, trouble: troubleText(error) });
      return false;
    } finally {
      isUnderWay.current = false;
    }
  }, []);
  return { ...state, run };
}

const NOTHING = { busy: false, trouble: undefined, done: undefined };

/** An outcome in doubt is never told as a failure. */
export function troubleText(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  return error.definite ? error.message : `${error.message}. Whether it was done is not known.`;
}

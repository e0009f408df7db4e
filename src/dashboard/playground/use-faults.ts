/** The faults of all nodes of the cluster, as they tell them, and how they are given others. */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type FaultTable, NO_FAULTS } from '../../kernel/fault-table.ts';
import { troubleText } from '../action.ts';
import { readJson, sendJson } from '../api.ts';
import { differing, isAllWell, type Tables } from './fault-plan.ts';

const FAULTS = '/cluster/faults';
/** Somebody else may change them too. */
const EVERY_MS = 4_000;

export interface Faults {
  readonly tables: Tables;
  /** Milliseconds of `performance.now()` until which nodes stand still, by name. */
  readonly pausedUntil: ReadonlyMap<string, number>;
  /** Resolves when all have theirs; rejects with what went wrong where. */
  readonly give: (after: Tables) => Promise<void>;
  readonly pause: (node: string, ms: number) => Promise<void>;
}

export function useFaults(names: readonly string[]): Faults {
  const [tables, setTables] = useState<Tables>(new Map());
  const [pausedUntil, setPausedUntil] = useState<ReadonlyMap<string, number>>(new Map());
  const known = useRef(tables);
  /** Rises with each begin and each end of giving, so it is odd meanwhile: see `useFaultsRead`. */
  const gives = useRef(0);
  const learn = useCallback((news: Tables, doubtful: readonly string[] = []) => {
    const all = new Map([...known.current, ...news]);
    for (const node of doubtful) all.delete(node);
    if (differing(known.current, all).length === 0 && all.size === known.current.size) return;
    known.current = all;
    setTables(all);
  }, []);

  useFaultsRead(names, learn, gives);

  const give = useCallback(
    async (after: Tables) => {
      // Who is healed may have faults that are not known here.
      const changed = isAllWell(after) ? [...after.keys()] : differing(known.current, after);
      gives.current++;
      const results = await Promise.all(changed.map((node) => giveTo(node, after)));
      gives.current++;
      // All at once: a partition is not drawn link by link.
      const given = new Map(results.flatMap((result) => result.given));
      learn(
        given,
        changed.filter((node) => !given.has(node)),
      );
      const trouble = results.flatMap((result) => result.trouble).join(' · ');
      if (trouble !== '') throw new Error(trouble);
    },
    [learn],
  );

  const pause = useCallback(async (node: string, ms: number) => {
    await sendJson(`${FAULTS}/pause?ms=${ms}`, 'POST', undefined, { node });
    const until = performance.now() + ms;
    setPausedUntil((before) => new Map([...before, [node, until]]));
  }, []);

  return { tables, pausedUntil, give, pause };
}

async function giveTo(node: string, after: Tables) {
  const table = after.get(node) ?? NO_FAULTS;
  try {
    await sendJson(FAULTS, 'PUT', table, { node });
    return { given: [[node, table] as const], trouble: [] };
  } catch (error) {
    return { given: [], trouble: [`${node}: ${troubleText(error)}`] };
  }
}

/** One node after the other, so that those that do not answer hold up few requests of the page. */
function useFaultsRead(
  names: readonly string[],
  learn: (news: Tables) => void,
  gives: { readonly current: number },
): void {
  const all = names.join(' ');
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      for (const node of all.split(' ')) {
        if (over || document.hidden) break;
        // What is wrong with a node that does not tell is said where it is asked to do something.
        const before = gives.current;
        const table = await readJson<FaultTable>(FAULTS, { node }).catch(() => undefined);
        // What was read beside a giving may be from before it, or half of it.
        const isNews = table !== undefined && before === gives.current && before % 2 === 0;
        if (!over && isNews) learn(new Map([[node, table]]));
      }
      if (!over) timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [all, learn, gives]);
}

/** Drawing anew while something goes on. */

import { useEffect, useState } from 'preact/hooks';

/** Draws its component again so often, as long as it is to and the page is looked at. */
export function useTicking(everyMs: number, isOn: boolean): void {
  const [, setCount] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) setCount((count) => count + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isOn]);
}

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const onChange = () => setHolds(list.matches);
    onChange();
    list.addEventListener('change', onChange);
    return () => list.removeEventListener('change', onChange);
  }, [query]);
  return holds;
}

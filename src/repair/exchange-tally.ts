/** What the exchanges of one run have done so far. */

export interface ExchangeTally {
  /** Trees found equal to a peer's, or made so. */
  treesDone: number;
  /** Keys in the trees whose roots were compared. */
  keysCompared: number;
  keysPulled: number;
  keysPushed: number;
  /** Of hashes, lists and objects, both ways. */
  bytes: number;
}

export function newTally(): ExchangeTally {
  return { treesDone: 0, keysCompared: 0, keysPulled: 0, keysPushed: 0, bytes: 0 };
}

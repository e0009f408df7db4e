/**
 * What a checker of linearizability has to know of an object: its sequential behaviour.
 *
 * A call without `complete` is one whose outcome is unknown. Its operation has no answer, so
 * `step` lets it happen wherever its effect is possible.
 */

export interface Model<State, Operation> {
  readonly initial: State;
  /**
   * The state after the operation with the answer that it gave; undefined where it cannot
   * have given that answer, or, for one of unknown outcome, where it would do nothing.
   */
  step(state: State, operation: Operation): State | undefined;
  /** Equal for two states if and only if they are the same state. */
  keyOf(state: State): string | number;
  /** It changes nothing, wherever it is possible. */
  observes(operation: Operation): boolean;
  /**
   * Whether an operation that answered cannot happen any more, in this state or after it. It
   * only saves time; a model that cannot tell leaves it out.
   */
  isMissed?(state: State, operation: Operation): boolean;
  /** Equal only for operations that, of unknown outcome, do the same. */
  effectOf(operation: Operation): string;
  /** The state for a person. */
  describe(state: State): string;
}

/** One operation in time, as the search sees it. */
export interface Call<Operation> {
  /** Operations of different keys do not touch each other. */
  readonly key: string;
  readonly operation: Operation;
  readonly invoke: number;
  /** Undefined if its outcome is unknown: it may come at any time from `invoke` on, or never. */
  readonly complete: number | undefined;
}

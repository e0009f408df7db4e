/** How long something takes, as a law of chance. All times are milliseconds. */

/** Uniform in [0, 1). */
export type Float = () => number;

/** Draws one time. */
export type Law = (float: Float) => number;

export function constant(ms: number): Law {
  return () => ms;
}

/** Never below `scaleMs`; the smaller the shape, the heavier the tail. */
export function pareto(scaleMs: number, shape: number): Law {
  return (float) => scaleMs * (1 - float()) ** (-1 / shape);
}

/** @param rate per millisecond: the mean is its inverse */
export function exponential(rate: number): Law {
  return (float) => -Math.log(1 - float()) / rate;
}

/** The first law with this probability, else the second. */
export function mixture(probability: number, first: Law, second: Law): Law {
  return (float) => (float() < probability ? first(float) : second(float));
}

/** So much is added to every time. */
export function shifted(law: Law, ms: number): Law {
  return (float) => ms + law(float);
}

/** Every time is so many times as long. */
export function stretched(law: Law, factor: number): Law {
  return (float) => factor * law(float);
}

/** What was measured, each as likely as another. At least one. */
export function measured(samplesMs: ArrayLike<number>): Law {
  return (float) => samplesMs[Math.floor(float() * samplesMs.length)] as number;
}

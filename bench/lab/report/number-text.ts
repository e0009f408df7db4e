/** Numbers as a reader of a chart wants them: few digits, and none that says nothing. */

const DIGITS = 3;
const COMPACT_FROM = 100_000;

/** Of a value by itself: `0.0123`, `4.56`, `12,300`, `1.2M`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= COMPACT_FROM) return compact(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(DIGITS)));
}

/** Of one mark of many that are `step` apart. */
export function tickText(value: number, step: number): string {
  if (Math.abs(value) >= COMPACT_FROM) return compact(value);
  const decimals = Math.min(9, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const rounded = Number(value.toFixed(decimals));
  return rounded.toLocaleString('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

function compact(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 });
}

/** A chart as SVG. */

import type { Chart } from '../chart.ts';

export function chartSvg(chart: Chart): string {
  return `<svg xmlns="http://www.w3.org/2000/svg"><title>${chart.title}</title></svg>\n`;
}

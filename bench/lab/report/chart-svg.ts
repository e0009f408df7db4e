/** A chart as SVG: by itself in a file, or as part of a page. */

import type { Chart } from '../chart.ts';
import { drawBars } from './chart-bars.ts';
import { CHART_STYLE } from './chart-colours.ts';
import type { Drawing } from './chart-frame.ts';
import { drawHeat } from './chart-heat.ts';
import { drawLines } from './chart-lines.ts';

const WIDTH = 760;

/** A file that needs nothing else, by day and by night. */
export function chartSvg(chart: Chart): string {
  const drawn = drawChart(chart, { width: WIDTH, isTitled: true });
  return `${drawn.replace('>', `><style>${CHART_STYLE}</style>`)}\n`;
}

/** For a page that has CHART_STYLE. */
export function drawChart(chart: Chart, drawing: Drawing): string {
  switch (chart.kind) {
    case 'lines':
    case 'scatter':
    case 'stacked':
      return drawLines(chart, drawing);
    case 'bars':
    case 'stacked-bars':
      return drawBars(chart, drawing);
    case 'heat':
      return drawHeat(chart, drawing);
  }
}

/**
 * The script of a report: it replaces still pictures of lines, dots and areas by plots of
 * uPlot, in which a pointer shows values, a drag along the axis zooms, a double click shows
 * all again, and a click on a name hides its series. Texts are set as text, never as markup.
 *
 * It is a text of JavaScript, so it has no template strings of its own.
 */

import { SHADES } from './chart-colours.ts';
import { DOT_PATHS } from './dot-shape.ts';

export const PLOT_SCRIPT = `
'use strict';
const SHADES = ${JSON.stringify(SHADES)};
const DOTS = ${JSON.stringify(DOT_PATHS)};
const dark = matchMedia('(prefers-color-scheme: dark)');
const shade = (colour) => (dark.matches ? colour.dark : colour.light);
const alpha = (colour, part) => shade(colour) + Math.round(part * 255).toString(16).padStart(2, '0');
const FONT = '12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const DOTS_MAX = 40, NARROW = 520, SPAN_ROWS_MAX = 3;
const measured = (value) => typeof value === 'number';

function numberText(value) {
  if (!measured(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** A logarithmic axis shows zero at a place of its own. */
const shownAt = (scale, value) => (scale.log && value <= 0 ? (scale.zero === undefined ? scale.min : scale.zero) : value);

/** Columns as uPlot takes them, and of each series the point behind each place. */
function columnsOf(plot) {
  const all = plot.series.flatMap((series, s) => series.points.map((point) => ({ s, point })));
  all.sort((a, b) => a.point.x - b.point.x);
  const places = [];
  all.forEach((one) => {
    const last = places[places.length - 1];
    if (plot.kind !== 'scatter' && last && last.x === one.point.x) last.points[one.s] = one.point;
    else { const points = []; points[one.s] = one.point; places.push({ x: one.point.x, points }); }
  });
  const xs = places.map((place) => shownAt(plot.x, place.x));
  const sums = places.map(() => 0);
  const columns = plot.series.map((series, s) => places.map((place, i) => {
    const point = place.points[s];
    const value = point ? point.y : undefined;
    if (plot.kind !== 'stacked') return measured(value) ? shownAt(plot.y, value) : value;
    sums[i] += Math.max(0, value || 0);
    return sums[i];
  }));
  return { places, xs, columns };
}

function axisOf(scale, narrow, side) {
  const axis = {
    scale: side, stroke: shade(SHADES.soft), font: FONT,
    grid: { stroke: shade(SHADES.line), width: 1, show: side === 'y' },
    ticks: { stroke: shade(SHADES.line), width: 1, size: 5 },
  };
  const textOf = new Map(scale.ticks.map((tick) => [tick.at, tick.text]));
  axis.splits = (u) => {
    const shown = u.scales[side];
    const inside = scale.ticks.map((tick) => tick.at).filter((at) => at >= shown.min && at <= shown.max);
    return inside.length > 1 ? inside : between(shown.min, shown.max, scale.log);
  };
  axis.filter = (u, splits) => splits;
  axis.values = (u, splits) => splits.map((at) => (textOf.has(at) ? textOf.get(at) : numberText(at)));
  if (side === 'y') axis.size = Math.max(34, 14 + 7 * Math.max(...scale.ticks.map((tick) => tick.text.length)));
  else { axis.label = scale.label; axis.labelFont = FONT; axis.labelSize = 22; axis.size = 34; axis.space = narrow ? 60 : 40; }
  return axis;
}

/** Where one has come so near that fewer than two of the marks are left. */
function between(min, max, log) {
  if (log && max / min > 3) {
    const power = Math.pow(10, Math.floor(Math.log10(min)));
    const all = [1, 2, 3, 5, 7, 10, 20, 30, 50].map((n) => Number((n * power).toPrecision(1)));
    return all.filter((at) => at >= min && at <= max);
  }
  const rough = (max - min) / 5, power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const marks = [];
  for (let n = Math.ceil(min / step); n * step <= max && marks.length < 20; n++) marks.push(Number((n * step).toPrecision(12)));
  return marks;
}

function seriesOf(plot, one, s, places) {
  const colour = shade(one.colour);
  const isArea = plot.kind === 'stacked', isDots = plot.kind === 'scatter';
  return {
    label: one.name, scale: 'y', stroke: colour, width: isArea ? 1 : 2,
    dash: one.dashed ? [6, 5] : undefined,
    fill: isArea ? alpha(one.colour, 0.72) : undefined,
    paths: isDots || one.unjoined ? () => null : undefined,
    points: { show: !isDots && !isArea && !one.dashed && (one.unjoined || one.points.length <= DOTS_MAX), size: 8, fill: colour, stroke: shade(SHADES.card), width: 1 },
    value: (u, shown, series, i) => valueText(i === null || i === undefined ? undefined : (places[i].points[s])),
  };
}

function markersOf(plot, order) {
  const one = (i) => plot.series[order[i - 1]];
  return {
    width: 2,
    stroke: (u, i) => (i === 0 ? undefined : shade(one(i).colour)),
    dash: (u, i) => (i > 0 && one(i).dashed ? 'dotted' : 'solid'),
    fill: (u, i) => (i === 0 || one(i).dashed ? undefined : plot.kind === 'stacked' ? alpha(one(i).colour, 0.72) : shade(one(i).colour)),
  };
}

function valueText(point) {
  if (!point || !measured(point.y)) return '–';
  const range = measured(point.low) && measured(point.high) ? ' (' + numberText(point.low) + ' to ' + numberText(point.high) + ')' : '';
  return (point.label ? point.label + ': ' : '') + numberText(point.y) + range;
}

/** Bands and whiskers, spans and names of dots. */
function extras(plot, order) {
  const xOf = (u, value) => u.valToPos(shownAt(plot.x, value), 'x', true);
  const yOf = (u, value) => u.valToPos(shownAt(plot.y, value), 'y', true);
  const inPlot = (u, paint) => {
    const c = u.ctx, box = u.bbox, px = devicePixelRatio || 1, room = 6 * px;
    c.save(); c.beginPath(); c.rect(box.left - room, box.top - room, box.width + 2 * room, box.height + 2 * room); c.clip();
    paint(c, box, px);
    c.restore();
  };
  const spans = (u) => inPlot(u, (c, box) => plot.spans.forEach((span) => {
    const left = xOf(u, span.from), right = Math.max(xOf(u, span.until), left + 1);
    c.fillStyle = alpha(SHADES.fault, 0.12);
    c.fillRect(left, box.top, right - left, box.height);
  }));
  const spanNames = (u) => inPlot(u, (c, box, px) => {
    const ends = [];
    c.font = 11.5 * px + 'px system-ui, sans-serif';
    c.textAlign = 'left'; c.textBaseline = 'alphabetic'; c.lineJoin = 'round';
    plot.spans.forEach((span) => {
      if (xOf(u, span.until) < box.left || xOf(u, span.from) > box.left + box.width) return;
      const width = c.measureText(span.label).width + 8 * px;
      const left = Math.max(box.left + 4 * px, Math.min(xOf(u, span.from) + 5 * px, box.left + box.width - width));
      let row = ends.findIndex((end) => end < left);
      if (row < 0) row = ends.length;
      if (row >= SPAN_ROWS_MAX) return;
      ends[row] = left + width;
      named(c, px, span.label, left, box.top + (14 + 14 * row) * px, shade(SHADES.fault));
    });
  });
  const named = (c, px, text, x, y, colour) => {
    c.lineWidth = 3 * px; c.strokeStyle = shade(SHADES.card); c.strokeText(text, x, y);
    c.fillStyle = colour; c.fillText(text, x, y);
  };
  const intervals = (u) => inPlot(u, (c, box, px) => plot.series.forEach((one, s) => {
    if (!u.series[order.indexOf(s) + 1].show) return;
    const known = one.points.filter((point) => measured(point.y) && measured(point.low) && measured(point.high));
    if (plot.kind === 'lines' && !one.unjoined && known.length > 1) {
      c.fillStyle = alpha(one.colour, 0.16);
      c.beginPath();
      known.forEach((point) => c.lineTo(xOf(u, point.x), yOf(u, point.high)));
      known.slice().reverse().forEach((point) => c.lineTo(xOf(u, point.x), yOf(u, point.low)));
      c.fill();
      return;
    }
    c.strokeStyle = shade(one.colour); c.lineWidth = 1.5 * px;
    known.forEach((point) => {
      const x = xOf(u, point.x), low = yOf(u, point.low), high = yOf(u, point.high);
      c.beginPath(); c.moveTo(x, low); c.lineTo(x, high);
      [low, high].forEach((y) => { c.moveTo(x - 4 * px, y); c.lineTo(x + 4 * px, y); });
      c.stroke();
    });
  }));
  const dots = (u) => inPlot(u, (c, box, px) => plot.series.forEach((one, s) => {
    if (!u.series[order.indexOf(s) + 1].show) return;
    one.points.filter((point) => measured(point.y)).forEach((point) => {
      c.save();
      c.translate(xOf(u, point.x), yOf(u, point.y));
      c.scale(px, px);
      const shape = new Path2D(DOTS[s % DOTS.length]);
      c.fillStyle = shade(one.colour); c.fill(shape);
      c.strokeStyle = shade(SHADES.card); c.lineWidth = 1.2; c.stroke(shape);
      c.restore();
    });
  }));
  const dotNames = (u) => inPlot(u, (c, box, px) => {
    const taken = [];
    c.font = 11 * px + 'px system-ui, sans-serif';
    c.textAlign = 'left'; c.textBaseline = 'alphabetic'; c.lineJoin = 'round';
    plot.series.forEach((one, s) => u.series[order.indexOf(s) + 1].show && one.points.forEach((point) => {
      if (!point.label || !measured(point.y)) return;
      const width = c.measureText(point.label).width, x = xOf(u, point.x);
      const fits = x + 8 * px + width < box.left + box.width;
      const left = fits ? x + 8 * px : x - 8 * px - width;
      const free = [4, -8, 16, -20].map((down) => yOf(u, point.y) + down * px).find((y) =>
        !taken.some((box) => box.left < left + width && box.right > left && Math.abs(box.y - y) < 11 * px));
      if (free === undefined) return;
      taken.push({ left, right: left + width, y: free });
      named(c, px, point.label, left, free, shade(SHADES.ink));
    }));
  });
  const under = plot.kind === 'stacked' ? [] : [spans, intervals];
  const over = (plot.kind === 'stacked' ? [spans] : plot.kind === 'scatter' ? [dots, dotNames] : []).concat(spanNames);
  return { hooks: { drawAxes: under, draw: over } };
}

function show(holder, plot) {
  const { places, xs, columns } = columnsOf(plot);
  if (xs.length === 0 || columns.every((column) => !column.some(measured))) return;
  const isPart = (min, max) => measured(min) && (min > xs[0] || max < xs[xs.length - 1]);
  const target = document.createElement('div');
  let current;
  const draw = () => {
    const width = holder.clientWidth;
    if (width === 0) return;
    const narrow = width < NARROW;
    const order = plot.series.map((_, s) => s);
    if (plot.kind === 'stacked') order.reverse();
    if (current) current.destroy();
    target.replaceChildren();
    const name = document.createElement('div');
    name.className = 'y-name';
    name.textContent = plot.y.label;
    target.append(name);
    const distribution = (scale) => (scale.log ? 3 : 1);
    current = new uPlot({
      width, height: narrow ? 270 : 330,
      padding: [12, 16, 0, 0],
      scales: {
        x: { time: false, distr: distribution(plot.x), range: (u, min, max) => (isPart(min, max) ? [min, max] : [plot.x.min, plot.x.max]) },
        y: { distr: distribution(plot.y), range: [plot.y.min, plot.y.max] },
      },
      axes: [axisOf(plot.x, narrow, 'x'), axisOf(plot.y, narrow, 'y')],
      series: [{ label: plot.x.label, value: (u, shown, s, i) => (i === null || i === undefined ? '–' : numberText(places[i].x)) }]
        .concat(order.map((s) => seriesOf(plot, plot.series[s], s, places))),
      bands: plot.kind === 'stacked' ? order.slice(1).map((s, i) => ({ series: [i + 1, i + 2], fill: alpha(plot.series[order[i]].colour, 0.72) })) : undefined,
      cursor: { drag: { x: true, y: false, dist: 8 }, points: { size: 8 }, focus: { prox: plot.kind === 'stacked' ? -1 : 24 } },
      focus: { alpha: 0.35 },
      legend: { markers: markersOf(plot, order) },
      plugins: [extras(plot, order)],
    }, [xs].concat(order.map((s) => columns[s])), target);
  };
  holder.append(target);
  holder.classList.add('is-live');
  draw();
  let width = holder.clientWidth;
  new ResizeObserver(() => {
    if (holder.clientWidth === width) return;
    width = holder.clientWidth;
    draw();
  }).observe(holder);
  dark.addEventListener('change', draw);
}

JSON.parse(document.getElementById('plots').textContent).forEach((plot) => {
  show(document.querySelector('[data-plot="' + CSS.escape(plot.name) + '"]'), plot);
});
`;

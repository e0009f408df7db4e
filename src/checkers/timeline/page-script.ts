/**
 * The script of the timeline: it lays the bars out for the key and the zoom that are chosen,
 * and shows details. It makes elements and sets texts, and never takes text for markup.
 *
 * It is a text of JavaScript, so it has no template strings of its own.
 */

export const PAGE_SCRIPT = String.raw`
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const SVG = 'http://www.w3.org/2000/svg';
const ROW = 26, GAP = 8, BAR = 20, NAME = 17, NAMES_MAX = 4, PAD = 24, FADE = 90, WIDTH_MAX = 400000;
const NAMES = 128, BAR_MIN = 5, CHARACTER = 7.1, AROUND = 12;
const byId = (id) => document.getElementById(id);
const stage = byId('stage'), picture = byId('picture'), axis = byId('axis'), names = byId('names');
const span = Math.max(data.to - data.from, 1e-6);
const TOP = 8, AXIS = 30 + NAME * numberFaults();
byId('canvas').style.gridTemplateRows = AXIS + 'px max-content';
let scale = 1, key = '', chosen = data.findings.length > 0 ? 0 : -1;

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes || {})) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
function html(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
const x = (time) => PAD + (time - data.from) * scale;
const timeAt = (left) => data.from + (left - PAD) / scale;
const roomFor = () => Math.max(200, stage.clientWidth - NAMES - 2 * PAD);
const scaleMin = () => roomFor() / span;
const scaleMax = () => Math.max(scaleMin(), WIDTH_MAX / span);
const unit = data.unit === 'ms' ? 'ms' : 'line';

/** Bars of the chosen key, by lane, in rows in which none covers another. */
function laidOut() {
  const lanes = new Map();
  data.bars.forEach((bar, i) => {
    if (key !== '' && bar.key !== key) return;
    const rows = lanes.get(bar.lane) || [];
    lanes.set(bar.lane, rows);
    const left = x(bar.from);
    const end = x(bar.to === null ? bar.from : bar.to);
    const right = Math.max(end, left + BAR_MIN) + (bar.outcome === 'unknown' ? FADE : 0);
    let row = rows.find((one) => one.right <= left - 1);
    if (!row) rows.push(row = { right: 0, bars: [] });
    row.right = right;
    row.bars.push({ bar, i, left, right });
  });
  return data.lanes.filter((lane) => lanes.has(lane)).map((lane) => ({ lane, rows: lanes.get(lane) }));
}

/** Gives each fault a row for its name, so that those at the same time are below each other. */
function numberFaults() {
  const ends = [];
  data.faults.forEach((fault) => {
    let row = ends.findIndex((end) => end < fault.from);
    if (row < 0) row = ends.length;
    fault.row = row;
    ends[row] = fault.to;
  });
  return Math.min(ends.length, NAMES_MAX);
}

function draw() {
  const lanes = laidOut();
  const rows = lanes.reduce((sum, lane) => sum + lane.rows.length, 0);
  const height = TOP + rows * ROW + lanes.length * GAP + 6;
  const width = Math.max(roomFor() + 2 * PAD, x(data.to) + PAD + FADE);
  picture.setAttribute('width', width);
  picture.setAttribute('height', height);
  const stripes = element('g'), bars = element('g');
  picture.replaceChildren(definitions(), stripes, shades(height), element('g', { id: 'moving' }), bars);
  names.replaceChildren();
  names.style.height = height + 'px';
  axis.style.width = width + 'px';
  const finding = data.findings[chosen];
  const places = new Map(finding ? finding.order : []);
  const concerned = new Set(finding ? finding.bars.slice(0, -1) : []);
  const failed = finding ? finding.bars[finding.bars.length - 1] : undefined;
  let top = TOP;
  lanes.forEach(({ lane, rows: its }, n) => {
    const tall = its.length * ROW + GAP;
    if (n % 2 === 0) stripes.append(element('rect', { class: 'stripe', x: 0, y: top - GAP / 2, width, height: tall }));
    const name = html('div', '', lane);
    name.title = lane;
    name.style.top = top + 1 + 'px';
    names.append(name);
    its.forEach((row, r) => row.bars.forEach((one) => {
      const role = one.i === failed ? 'failed' : concerned.has(one.i) ? 'cause' : '';
      bars.append(barElement(one, top + r * ROW, role, places.get(one.i), finding));
    }));
    top += tall;
  });
  byId('corner').textContent = lanes.length + (lanes.length === 1 ? ' lane' : ' lanes');
  drawMoving();
}

function definitions() {
  const defs = element('defs');
  const fade = element('linearGradient', { id: 'fade' });
  fade.append(element('stop', { offset: '0', style: 'stop-color: var(--unknown)' }));
  fade.append(element('stop', { offset: '0.35', style: 'stop-color: var(--unknown); stop-opacity: 0.85' }));
  fade.append(element('stop', { offset: '1', style: 'stop-color: var(--unknown); stop-opacity: 0' }));
  const hatch = element('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' });
  hatch.append(element('rect', { width: 3, height: 6, style: 'fill: var(--fail); opacity: 0.7' }));
  defs.append(fade, hatch);
  return defs;
}

function barElement({ bar, i, left, right }, top, role, place, finding) {
  const kind = bar.outcome === 'ok' ? (bar.op === 'read' ? 'read' : 'change') : bar.outcome;
  const group = element('g', { class: 'bar ' + kind + ' ' + role, tabindex: role || place ? 0 : -1, 'data-bar': i, role: 'img', 'aria-label': bar.tip });
  const width = Math.max(right - left, BAR_MIN);
  group.append(element('rect', { class: 'body', x: left, y: top, width, height: BAR }));
  let textLeft = left + 6;
  if (place !== undefined) {
    const text = String(place);
    const badgeWidth = 9 + 6.4 * text.length;
    const badge = element('g', { class: 'badge' });
    const badgeLeft = width > badgeWidth + 8 ? left + 3 : left - 2;
    badge.append(element('rect', { x: badgeLeft, y: top + 3, width: badgeWidth, height: 14 }));
    badge.append(element('text', { x: badgeLeft + badgeWidth / 2, y: top + 13.5 }, text));
    group.append(badge);
    textLeft = badgeLeft + badgeWidth + 4;
  }
  const room = Math.floor((right - textLeft - 3) / CHARACTER);
  const fits = bar.label.length <= room;
  if (room >= Math.min(4, bar.short.length)) {
    const text = fits ? bar.label : bar.short;
    const characters = Array.from(text);
    const label = characters.length <= room ? text : characters.slice(0, room - 1).join('') + '…';
    group.append(element('text', { x: textLeft, y: top + 14.5 }, label));
  }
  if (role === 'failed') {
    const text = finding.check === 'linearizable' ? '✗ fits nowhere' : '✗ ' + finding.check;
    group.append(element('text', { class: 'cross', x: right + 6, y: top + 14.5 }, text));
  }
  return group;
}

/** What depends on where the stage stands: times, their lines, the names of faults. */
function drawMoving() {
  const moving = byId('moving');
  const height = picture.getAttribute('height');
  axis.replaceChildren();
  moving.replaceChildren();
  const rough = 110 / scale;
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const seen = visible();
  const first = Math.ceil(seen.from / step) * step;
  for (let n = 0; first + n * step <= seen.to && n < 400; n++) {
    const time = first + n * step;
    const tick = html('span', '', timeText(time, step));
    tick.style.left = x(time) + 'px';
    axis.append(tick);
    moving.append(element('line', { class: 'grid', x1: x(time), x2: x(time), y1: 0, y2: height }));
  }
  data.faults.forEach((fault) => {
    const right = Math.max(x(fault.to), x(fault.from) + CHARACTER * fault.text.length);
    if (fault.row >= NAMES_MAX || right < stage.scrollLeft || fault.from > seen.to) return;
    const name = html('span', 'fault', fault.text);
    const left = Math.max(x(fault.from), Math.min(stage.scrollLeft, x(fault.to) - 60));
    name.style.left = left + 'px';
    name.style.top = 28 + NAME * fault.row + 'px';
    axis.append(name);
  });
}

/** What is in sight and as much again on either side, for the axis. */
function visible() {
  const room = stage.clientWidth;
  return {
    from: Math.max(data.from, timeAt(stage.scrollLeft - room)),
    to: Math.min(data.to, timeAt(stage.scrollLeft + 2 * room)),
  };
}

function timeText(time, step) {
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step))));
  return unit === 'ms' ? time.toFixed(digits) + ' ms' : 'line ' + time.toFixed(0);
}

function shades(height) {
  const group = element('g');
  data.faults.forEach((fault) => {
    const left = x(fault.from), right = Math.max(x(fault.to), left + 2);
    const shade = element('rect', { class: 'shade', x: left, y: 0, width: right - left, height });
    shade.append(element('title', {}, fault.text));
    group.append(shade);
  });
  return group;
}

/** Keeps the time that is at this place of the stage where it is. */
function zoom(factor, at) {
  const place = at === undefined ? stage.clientWidth / 2 : at;
  const time = timeAt(stage.scrollLeft + place - NAMES);
  scale = Math.min(scaleMax(), Math.max(scaleMin(), scale * factor));
  draw();
  stage.scrollLeft = x(time) - place + NAMES;
  draw();
}

/** These times fill most of the stage. */
function show(from, to) {
  scale = Math.min(scaleMax(), Math.max(scaleMin(), (0.8 * roomFor()) / Math.max(to - from, span / 1e7)));
  draw();
  stage.scrollLeft = x((from + to) / 2) - (stage.clientWidth - NAMES) / 2;
  draw();
}

function fit() { scale = scaleMin(); draw(); stage.scrollLeft = 0; draw(); }

/** What failed, with some that happened next to it. */
function showFinding() {
  const finding = data.findings[chosen];
  const bar = finding && data.bars[finding.bars[finding.bars.length - 1]];
  if (!bar) return fit();
  key = data.keys.includes(finding.key) ? finding.key : '';
  byId('key').value = key;
  const far = (other) => Math.abs(other.from - bar.from);
  const near = data.bars.filter((other) => other.key === bar.key).sort((a, b) => far(a) - far(b)).slice(0, AROUND);
  const causes = finding.bars.map((i) => data.bars[i]);
  const end = (one) => (one.to === null ? one.from : one.to);
  const reach = Math.max(...near.map(far), end(bar) - bar.from);
  const shown = near.concat(bar, causes.filter((cause) => far(cause) <= 4 * reach));
  show(Math.min(...shown.map((one) => one.from)), Math.max(...shown.map(end)));
  reveal(finding.bars[finding.bars.length - 1]);
}

function reveal(i) {
  const bar = picture.querySelector('[data-bar="' + i + '"]');
  if (!bar) return;
  const box = bar.getBBox();
  stage.scrollTop = Math.max(0, box.y - stage.clientHeight / 2);
}

function showBar(i) {
  const bar = data.bars[i];
  if (key !== '' && key !== bar.key) { key = bar.key; byId('key').value = key; }
  draw();
  stage.scrollLeft = x(bar.from) - (stage.clientWidth - NAMES) / 3;
  draw();
  reveal(i);
  const found = picture.querySelector('[data-bar="' + i + '"]');
  if (found) { found.setAttribute('tabindex', 0); found.focus({ preventScroll: true }); }
}

function listFindings() {
  const list = byId('findings');
  data.findings.forEach((finding, n) => {
    const item = html('li', n === chosen ? 'chosen' : '');
    const what = html('button', 'what');
    what.append(html('b', '', finding.check), ' on key ' + JSON.stringify(finding.key) + ': ' + finding.text);
    if (finding.placed > 0) what.append(' (numbered: a longest order without it, of ' + finding.placed + ')');
    what.onclick = () => choose(n);
    const concerned = html('div', 'concerned');
    finding.bars.forEach((i, at) => {
      const mark = at === finding.bars.length - 1 ? '✗ ' : '• ';
      const line = html('button', '', mark + '#' + data.bars[i].no + ' ' + data.bars[i].tip.split('\n')[0]);
      line.onclick = () => { choose(n, true); showBar(i); };
      concerned.append(line);
    });
    item.append(what, concerned);
    list.append(item);
  });
}

function choose(n, stay) {
  chosen = n;
  Array.from(byId('findings').children).forEach((item, i) => item.classList.toggle('chosen', i === n));
  if (!stay) showFinding();
}

function showTip(i, left, top) {
  const tip = byId('tip');
  tip.textContent = '#' + data.bars[i].no + ' ' + data.bars[i].tip;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(6, Math.min(left + 14, innerWidth - box.width - 8)) + 'px';
  tip.style.top = (top + 18 + box.height > innerHeight ? Math.max(6, top - box.height - 12) : top + 18) + 'px';
}
const barUnder = (target) => target.closest && target.closest('.bar');
picture.addEventListener('mousemove', (event) => {
  const bar = barUnder(event.target);
  if (bar) showTip(Number(bar.dataset.bar), event.clientX, event.clientY);
  else byId('tip').hidden = true;
});
picture.addEventListener('mouseleave', () => { byId('tip').hidden = true; });
picture.addEventListener('focusin', (event) => {
  const bar = barUnder(event.target);
  const box = bar && bar.getBoundingClientRect();
  if (box) showTip(Number(bar.dataset.bar), Math.max(box.left, 0), box.bottom - 12);
});
picture.addEventListener('focusout', () => { byId('tip').hidden = true; });
stage.addEventListener('wheel', (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 300), event.clientX - stage.getBoundingClientRect().left);
}, { passive: false });
stage.addEventListener('keydown', (event) => {
  const keys = { '+': () => zoom(1.5), '=': () => zoom(1.5), '-': () => zoom(1 / 1.5), '0': fit };
  const action = keys[event.key];
  if (action && !event.ctrlKey && !event.metaKey) { event.preventDefault(); action(); }
});
let drawing = 0;
stage.addEventListener('scroll', () => {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(drawMoving);
});
const select = byId('key');
select.append(new Option('all keys (' + data.keys.length + ')', ''));
data.keys.forEach((name) => select.append(new Option(JSON.stringify(name), name)));
select.onchange = () => { key = select.value; draw(); };
byId('in').onclick = () => zoom(1.5);
byId('out').onclick = () => zoom(1 / 1.5);
byId('fit').onclick = fit;
byId('back').onclick = showFinding;
byId('back').hidden = data.findings.length === 0;
window.addEventListener('resize', () => { scale = Math.max(scale, scaleMin()); draw(); });
listFindings();
if (data.findings.length === 0 && data.keys.length > 0) byId('key').value = key;
scale = scaleMin();
showFinding();
`;

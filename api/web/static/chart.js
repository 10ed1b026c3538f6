// Charts for the planner and the analyst: bands, lines, bars and dots on one scale, with a reading line and a table.
import { el, number, t } from './page.js';

const COLOURS = ['var(--series)', 'var(--series-2)', 'var(--series-3)', 'var(--calm)', 'var(--soft)'];

function niceTicks(most) {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, n) => n * step);
}

const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

/**
 * A figure: `labels` along the bottom, `series` of {name, kind, values}.
 *
 * kind is 'ribbon' (values are [lower, upper]), 'bar', 'line', 'step' or 'dot'; a null is a gap. `onPick(n)` hears which place
 * was clicked, `digits` are the decimals shown, `tick(n)` says whether a label is written (all that fit by default). `shade` names
 * places to stand on a darker ground (days off), `notes` say more of a place than its label does.
 */
export function chart({ title, labels, series, height = 260, digits = 0, onPick, tick, unit = '', picked, shade, notes }) {
  const figure = el('figure', { class: 'chart' });
  const holder = el('div', { class: 'chart-holder', tabindex: 0, role: 'img', 'aria-label': describe(title, labels, series, digits) });
  const reading = el('p', { class: 'chart-reading', 'aria-live': 'polite' });
  const palette = series.map((one, n) => one.colour || COLOURS[n % COLOURS.length]);
  figure.append(
    el('figcaption', {}, el('b', {}, title), el('span', { class: 'legend' }, series.map((one, n) => el('span', {}, el('i', { class: one.kind, 'data-dashed': one.dashed === 'dots' ? 'dots' : one.dashed, style: { '--c': palette[n], '--o': one.opacity } }), one.name)))),
    holder, reading, asTable(title, labels, series, digits));
  let drawn = 0;
  const draw = () => {
    const width = Math.round(holder.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    holder.replaceChildren(drawing({ labels, series, palette, width, height, digits, onPick, tick, unit, picked, reading, shade, notes }));
  };
  new ResizeObserver(draw).observe(holder);
  holder.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); holder.firstChild.point(step); }
    if (event.key === 'Enter' && onPick) holder.firstChild.choose();
  });
  return figure;
}

function drawing({ labels, series, palette, width, height, digits, onPick, tick, unit, picked, reading, shade, notes }) {
  const right = 10;
  const top = 10;
  const bottom = height - 26;
  const all = series.flatMap((one) => one.values.flatMap((value) => (Array.isArray(value) ? value : [value]))).filter(known);
  const ticks = niceTicks(Math.max(0, ...all));
  const most = ticks[ticks.length - 1];
  const least = Math.min(0, ...all);
  const left = Math.max(40, 14 + 7.2 * Math.max(...ticks.map((value) => (number(value, value % 1 ? Math.max(1, digits) : 0) + unit).length)));
  const slot = (width - left - right) / Math.max(1, labels.length);
  const x = (n) => left + slot * (n + 0.5);
  const y = (value) => bottom - ((value - least) / (most - least)) * (bottom - top);
  const svg = el('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' });
  shade?.forEach((kind, n) => kind && svg.append(el('rect', { class: 'shade', 'data-kind': kind, x: left + slot * n, y: top, width: slot, height: bottom - top })));
  ticks.forEach((value) => svg.append(
    el('line', { class: 'axis', x1: left, x2: width - right, y1: y(value), y2: y(value) }),
    el('text', { x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, number(value, value % 1 ? Math.max(1, digits) : 0) + unit)));
  const every = Math.max(1, Math.ceil((14 + 7 * Math.max(...labels.map((label) => label.length), 1)) / slot));
  labels.forEach((label, n) => {
    if (tick ? tick(n) : n % every === 0) svg.append(el('text', { x: x(n), y: height - 8, 'text-anchor': 'middle' }, label));
  });
  if (picked !== undefined && picked !== null) svg.append(el('rect', { class: 'picked', x: left + slot * picked, y: top, width: slot, height: bottom - top }));
  const bars = series.filter((one) => one.kind === 'bar');
  series.forEach((one, n) => svg.append(...marks(one, { colour: palette[n], x, y, slot, least, bar: bars.indexOf(one), barCount: bars.length })));
  const line = el('line', { class: 'reading-line', x1: 0, x2: 0, y1: top, y2: bottom, visibility: 'hidden' });
  svg.append(line);
  let at = picked ?? -1;
  const read = (n) => {
    at = Math.min(labels.length - 1, Math.max(0, n));
    line.setAttribute('visibility', 'visible');
    line.setAttribute('x1', x(at));
    line.setAttribute('x2', x(at));
    reading.textContent = `${notes?.[at] ?? labels[at]}: ${series.map((one) => `${one.name} ${shown(one.values[at], digits)}${unit}`).join(' · ')}`;
  };
  const where = (event) => Math.floor((event.clientX - svg.getBoundingClientRect().left - left) / slot);
  svg.addEventListener('pointermove', (event) => read(where(event)));
  svg.addEventListener('pointerleave', () => line.setAttribute('visibility', 'hidden'));
  if (onPick) {
    svg.classList.add('pickable');
    svg.addEventListener('click', (event) => onPick(Math.min(labels.length - 1, Math.max(0, where(event)))));
  }
  svg.point = (step) => read(at + step);
  svg.choose = () => at >= 0 && onPick?.(at);
  return svg;
}

const shown = (value, digits) => (Array.isArray(value) ? `${number(value[0], digits)}–${number(value[1], digits)}` : number(value, digits));

function marks(one, { colour, x, y, slot, least, bar, barCount }) {
  const points = one.values.map((value, n) => [n, value]);
  if (one.kind === 'bar') {
    const wide = Math.max(1, (slot * 0.8) / barCount);
    const path = points.filter(([, value]) => known(value)).map(([n, value]) => {
      const from = x(n) - (wide * barCount) / 2 + wide * bar;
      return `M${from.toFixed(1)} ${y(Math.max(0, least)).toFixed(1)}V${y(value).toFixed(1)}h${Math.max(1, wide - (wide > 4 ? 1 : 0)).toFixed(1)}V${y(Math.max(0, least)).toFixed(1)}Z`;
    });
    return [el('path', { d: path.join(''), fill: colour, opacity: one.faint ? 0.45 : 0.9 })];
  }
  if (one.kind === 'dot') return points.filter(([, value]) => known(value)).map(([n, value]) => el('circle', { cx: x(n), cy: y(value), r: 3.5, fill: colour }));
  return runs(points, one.kind === 'ribbon').map((run) => {
    if (one.kind === 'ribbon') {
      const up = run.map(([n, value], i) => `${i ? 'L' : 'M'}${x(n).toFixed(1)} ${y(value[1]).toFixed(1)}`).join('');
      const down = [...run].reverse().map(([n, value]) => `L${x(n).toFixed(1)} ${y(value[0]).toFixed(1)}`).join('');
      return el('path', { d: `${up}${down}Z`, fill: colour, stroke: 'none', opacity: one.opacity ?? 0.18 });
    }
    const d = one.kind === 'step'
      ? run.map(([n, value], i) => `${i ? 'V' : `M${(x(n) - slot / 2).toFixed(1)} `}${y(value).toFixed(1)}H${(x(n) + slot / 2).toFixed(1)}`).join('')
      : run.map(([n, value], i) => `${i ? 'L' : 'M'}${x(n).toFixed(1)} ${y(value).toFixed(1)}`).join('');
    return el('path', { d, class: 'line', fill: 'none', stroke: colour, 'stroke-width': one.faint ? 1.5 : 2.25, 'stroke-dasharray': one.dashed === 'dots' ? '1.5 4' : one.dashed ? '6 4' : undefined, 'stroke-linecap': one.dashed === 'dots' ? 'round' : undefined });
  });
}

function runs(points, pairs) {
  const all = [[]];
  points.forEach((point) => {
    const there = pairs ? Array.isArray(point[1]) && point[1].every(known) : known(point[1]);
    if (there) all[all.length - 1].push(point);
    else if (all[all.length - 1].length) all.push([]);
  });
  return all.filter((run) => run.length);
}

function describe(title, labels, series, digits) {
  const parts = series.map((one) => {
    const values = one.values.flatMap((value) => (Array.isArray(value) ? value : [value])).filter(known);
    return values.length ? `${one.name} ${number(Math.min(...values), digits)}–${number(Math.max(...values), digits)}` : one.name;
  });
  return `${title}, ${labels[0] ?? ''}–${labels[labels.length - 1] ?? ''}: ${parts.join('; ')}`;
}

/** The same numbers for those who would rather read or copy them; built when opened. */
function asTable(title, labels, series, digits) {
  const details = el('details', { class: 'chart-table' }, el('summary', {}, t('chart.table')));
  details.addEventListener('toggle', () => {
    if (!details.open || details.children.length > 1) return;
    details.append(el('div', { class: 'table-holder', tabindex: 0, role: 'region', 'aria-label': title }, el('table', {},
      el('thead', {}, el('tr', {}, el('th', {}, ''), series.map((one) => el('th', { scope: 'col' }, one.name)))),
      el('tbody', {}, labels.map((label, n) => el('tr', {}, el('th', { scope: 'row' }, label), series.map((one) => el('td', { class: 'number' }, shown(one.values[n], digits)))))))));
  });
  return details;
}

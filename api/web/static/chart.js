// Charts for the planner and the analyst, drawn by uPlot: zoom by dragging, read by pointer or keys, the numbers as a table beside.
import uPlot from './vendor/uplot.js';
import { colon, el, language, listed, number, scrolled, t } from './page.js';

const COLOURS = ['var(--series)', 'var(--series-2)', 'var(--series-3)', 'var(--calm)', 'var(--soft)'];
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

/**
 * A figure: `labels` along the bottom, `series` of {name, kind, values}.
 *
 * kind is 'ribbon' (values are [lower, upper]), 'bar', 'line', 'step' or 'dot'; a null is a gap. `onPick(n)` hears which place
 * was clicked, `digits` are the decimals read out. `shade` names places to stand on a darker ground (days off), `notes` say more of
 * a place than its label does. The scale holds nought, unless `near` lets it close in on the numbers.
 */
export function chart({ title, labels, series, height = 260, digits = 0, onPick, unit = '', picked, shade, notes, near = false }) {
  const holder = el('div', { class: 'chart-holder', tabindex: 0, role: 'img', 'aria-label': describe(title, labels, series, digits) });
  const reading = el('p', { class: 'chart-reading', 'aria-live': 'polite' });
  const palette = series.map((one, n) => one.colour || COLOURS[n % COLOURS.length]);
  const whole = el('button', { type: 'button', class: 'chart-whole', hidden: true, onclick: () => drawing?.whole() }, t('chart.whole'));
  const figure = el('figure', { class: 'chart' },
    el('figcaption', {}, el('b', {}, title), el('span', { class: 'legend' }, series.map((one, n) => el('span', {}, el('i', { class: one.kind, 'data-dashed': one.dashed === 'dots' ? 'dots' : one.dashed, style: { '--c': palette[n], '--o': one.opacity } }), one.name))), whole),
    holder, reading, asTable(title, labels, series, digits));
  const read = (at) => { reading.textContent = `${notes?.[at] ?? labels[at]}${colon()}${series.map((one) => `${one.name} ${shown(one.values[at], digits)}${unit}`).join(' · ')}`; };
  let drawing = null;
  const draw = () => {
    const width = Math.round(holder.clientWidth);
    if (!holder.isConnected) { // gone from the page: so is all that listened for it
      drawing?.destroy();
      sizes.disconnect();
      themes.disconnect();
    } else if (width) {
      drawing?.destroy();
      drawing = drawn(holder, { labels, series, palette, width, height, unit, picked, shade, near, onPick, read, zoomed: (so) => { whole.hidden = !so; } });
    }
  };
  const sizes = new ResizeObserver(draw);
  sizes.observe(holder);
  const themes = new MutationObserver(draw);
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  holder.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); drawing?.point(step); }
    if (event.key === 'Enter') drawing?.choose();
    if (event.key === 'Escape') drawing?.whole();
  });
  return figure;
}

const WIDEST = 72; // pixels: a bar is a bar, though it be the only one

function drawn(holder, { labels, series, palette, width, height, unit, picked, shade, near, onPick, read, zoomed }) {
  const style = getComputedStyle(holder);
  const ink = (colour, opacity = 1) => withOpacity(colour.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim()), opacity);
  const data = [labels.map((_, n) => n)];
  const lines = [{}];
  const bands = [];
  const bars = series.filter((one) => one.kind === 'bar');
  series.forEach((one, n) => {
    const colour = ink(palette[n]);
    if (one.kind === 'ribbon') {
      bands.push({ series: [data.length + 1, data.length], fill: ink(palette[n], one.opacity ?? 0.18) });
      [0, 1].forEach((end) => {
        data.push(one.values.map((value) => (Array.isArray(value) && value.every(known) ? value[end] : null)));
        lines.push({ stroke: 'transparent', width: 0, points: { show: false } });
      });
      return;
    }
    data.push(one.values.map((value) => (known(value) ? value : null)));
    lines.push({
      stroke: colour, width: one.kind === 'bar' ? 0 : one.faint ? 1.5 : 2.25, fill: one.kind === 'bar' ? ink(palette[n], one.faint ? 0.45 : 0.9) : undefined,
      dash: one.dashed === 'dots' ? [1.5, 4] : one.dashed ? [6, 4] : undefined, cap: one.dashed === 'dots' ? 'round' : undefined,
      paths: { bar: barsOf(bars.indexOf(one), bars.length), step: steps, dot: () => null }[one.kind],
      points: one.kind === 'dot' ? { show: true, size: 8, fill: colour, stroke: colour } : { show: (u, i, first, last) => one.kind === 'line' && last - first < 2 },
    });
  });
  const least = Math.min(0, ...(near ? [] : data.slice(1).flat().filter(known)));
  const text = { font: '12px ' + style.fontFamily, stroke: ink('var(--soft)'), ticks: { show: false } };
  const grid = { stroke: ink('var(--line)'), width: 1 };
  let dragged = false;
  const plot = new uPlot({
    width, height, legend: { show: false }, padding: [8, 20, 0, 0],
    scales: {
      x: { time: false, range: (u, min, max) => [min === null || min <= 0 ? -0.5 : min, max === null || max >= labels.length - 1 ? labels.length - 0.5 : max] },
      y: { range: (u, min, max) => (min === null ? [0, 1] : uPlot.rangeNum(near ? min : Math.min(least, min), Math.max(max, near ? -Infinity : 0), { min: { pad: 0.08, hard: !near && least === 0 ? 0 : -Infinity, mode: 0 }, max: { pad: 0.08, mode: 0 } })) },
    },
    axes: [
      { ...text, grid: { show: false }, size: 32, gap: 9, splits: (u, _, min, max) => places(labels, Math.ceil(min), Math.floor(max), u.width), values: (u, at) => at.map((n) => shortened(labels, n, at)) },
      { ...text, grid, size: (u, values) => 16 + 7.2 * Math.max(3, ...(values || []).map((value) => value.length)), values: (u, at, axis, space, step) => at.map((value) => number(value, Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))) + unit) },
    ],
    series: lines, bands,
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, dist: 6 } },
    hooks: {
      drawClear: [(u) => ground(u, { shade, picked, ink })],
      setCursor: [(u) => known(u.cursor.idx) && u.cursor.left >= 0 && read(u.cursor.idx)],
      setSelect: [() => { dragged = true; }],
      setScale: [(u, name) => name === 'x' && zoomed(u.scales.x.max - u.scales.x.min < labels.length - 0.001)],
    },
  }, data, holder);
  if (onPick) {
    plot.over.classList.add('pickable');
    plot.over.addEventListener('mousedown', () => { dragged = false; });
    plot.over.addEventListener('click', () => !dragged && known(plot.cursor.idx) && onPick(plot.cursor.idx));
  }
  let at = picked ?? -1;
  return {
    destroy: () => { plot.destroy(); zoomed(false); },
    whole: () => plot.setScale('x', { min: -0.5, max: labels.length - 0.5 }),
    point: (step) => {
      at = Math.min(labels.length - 1, Math.max(0, at + step));
      plot.setCursor({ left: plot.valToPos(at, 'x'), top: 1 });
      read(at);
    },
    choose: () => at >= 0 && onPick?.(at),
  };
}

/** What stands behind the lines: days off, and the place that was picked. */
function ground(u, { shade, picked, ink }) {
  const { left, top, width, height } = u.bbox;
  const slab = (n, colour) => {
    const from = Math.max(left, u.valToPos(n - 0.5, 'x', true));
    const to = Math.min(left + width, u.valToPos(n + 0.5, 'x', true));
    u.ctx.fillStyle = colour;
    if (to > from) u.ctx.fillRect(from, top, to - from, height);
  };
  shade?.forEach((kind, n) => kind && slab(n, kind === 'holiday' ? ink('var(--high)', 0.1) : ink('var(--ink)', 0.035)));
  if (known(picked)) slab(picked, ink('var(--ink)', 0.08));
}

/** Bars from nought, up or down, those of one place side by side. */
const barsOf = (bar, count) => (u, index, first, last) => {
  const fill = new Path2D();
  const slot = u.valToPos(1, 'x', true) - u.valToPos(0, 'x', true);
  const wide = Math.max(1, Math.min(slot * 0.8, WIDEST * devicePixelRatio) / count);
  const nought = u.valToPos(Math.max(u.scales.y.min, 0), 'y', true);
  for (let n = first; n <= last; n++) {
    const value = u.data[index][n];
    if (!known(value)) continue;
    const tip = u.valToPos(value, 'y', true);
    fill.rect(u.valToPos(n, 'x', true) - (wide * count) / 2 + wide * bar, Math.min(tip, nought), Math.max(1, wide - (wide > 4 ? 1 : 0)), Math.abs(tip - nought));
  }
  return { stroke: null, fill };
};

/** A level from the beginning of each place to its end. */
function steps(u, index, first, last) {
  const stroke = new Path2D();
  let before = null;
  for (let n = first; n <= last; n++) {
    const value = u.data[index][n];
    if (known(value)) {
      const y = u.valToPos(value, 'y', true);
      stroke[before === null ? 'moveTo' : 'lineTo'](u.valToPos(n - 0.5, 'x', true), y);
      stroke.lineTo(u.valToPos(n + 0.5, 'x', true), y);
    }
    before = known(value) ? value : null;
  }
  return { stroke, fill: null };
}

/** Which places are named along the bottom: as many as fit; of many days the first of months. */
function places(labels, first, last, width) {
  const dated = DATE.test(labels[0] ?? '');
  const longest = dated ? 7 : Math.max(1, ...labels.map((label) => wide(label)));
  const room = Math.max(2, Math.floor(width / (18 + 7 * longest)));
  const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
  if (dated && all.length > 62) {
    const months = all.filter((n) => labels[n].endsWith('-01'));
    const every = [1, 2, 3, 6, 12, 24].find((step) => months.length / step <= room) ?? 24;
    return months.filter((n) => (Number(labels[n].slice(0, 4)) * 12 + Number(labels[n].slice(5, 7)) - 1) % every === 0);
  }
  const every = Math.max(1, Math.ceil(all.length / room));
  return all.filter((n) => (n - (dated ? first : 0)) % every === 0);
}

const shortened = (labels, n, at) => {
  const label = labels[n] ?? '';
  return DATE.test(label) ? (at.length > 1 && at[1] - at[0] > 27 ? label.slice(0, 7) : label.slice(5)) : label;
};
const wide = (label) => [...label].reduce((sum, letter) => sum + (letter > '\u2e80' ? 1.8 : 1), 0);

const pen = document.createElement('canvas').getContext('2d');

/** A colour of the page's, thinned: canvases of older browsers mix none themselves. */
function withOpacity(colour, opacity) {
  if (opacity === 1) return colour;
  pen.fillStyle = colour;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(pen.fillStyle.slice(at, at + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}

/** The series of which anything is known. */
export const withValues = (series) => series.filter((one) => one.values.some((value) => (Array.isArray(value) ? value[0] : value) !== null));

const shown = (value, digits) => (Array.isArray(value) ? (value.every(known) ? `${number(value[0], digits)}–${number(value[1], digits)}` : '–') : number(value, digits));

function describe(title, labels, series, digits) {
  const parts = series.map((one) => {
    const values = one.values.flatMap((value) => (Array.isArray(value) ? value : [value])).filter(known);
    return values.length ? `${one.name} ${number(Math.min(...values), digits)}–${number(Math.max(...values), digits)}` : one.name;
  });
  return `${listed([title, `${labels[0] ?? ''}–${labels[labels.length - 1] ?? ''}`])}${colon()}${parts.join(language() === 'zh' ? '；' : '; ')}`;
}

/** The same numbers for those who would rather read or copy them; built when opened. */
function asTable(title, labels, series, digits) {
  const details = el('details', { class: 'chart-table' }, el('summary', {}, t('chart.table')));
  details.addEventListener('toggle', () => {
    if (!details.open || details.children.length > 1) return;
    details.append(scrolled(title, el('table', {},
      el('thead', {}, el('tr', {}, el('th', {}, ''), series.map((one) => el('th', { scope: 'col', class: 'number' }, one.name)))),
      el('tbody', {}, labels.map((label, n) => el('tr', {}, el('th', { scope: 'row' }, label), series.map((one) => el('td', { class: 'number' }, shown(one.values[n], digits)))))))));
  });
  return details;
}

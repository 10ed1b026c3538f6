// Two hours of the queue, with its thresholds and every order, drawn by hand: no library, no pixels to blur.
import { el, t } from './page.js';
import { clockOf } from './time.js';

const HOURS = 2;

/** An SVG of `width` × `height` for readings [{at, waiting}] up to `until`; a gap longer than `maxGapSeconds` is a gap. */
export function trend({ readings, marks, thresholds, until, from = until - HOURS * 3600e3, maxGapSeconds, width, height }) {
  const unit = Math.max(12, Math.min(26, width / 70));
  const left = unit * 2.2;
  const bottom = height - unit * 1.7;
  const top = unit * 1.9;
  const seen = readings.filter((one) => one.at >= from && one.waiting !== null);
  const most = Math.max(thresholds[thresholds.length - 1] * 1.5, ...seen.map((one) => one.waiting)) * 1.05;
  const x = (at) => left + ((at - from) / (until - from)) * (width - left - 6);
  const y = (waiting) => bottom - (waiting / most) * (bottom - top);
  const colours = ['var(--calm)', 'var(--raised)', 'var(--high)'];
  const edge = (value) => ((bottom - y(value)) / (bottom - top));
  const stops = thresholds.flatMap((limit, n) => [
    el('stop', { offset: edge(limit + 0.5), 'stop-color': colours[n] }), el('stop', { offset: edge(limit + 0.5), 'stop-color': colours[n + 1] })]);
  const svg = el('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': describe(seen, marks) },
    el('defs', {},
      el('linearGradient', { id: 'bands', gradientUnits: 'userSpaceOnUse', x1: 0, x2: 0, y1: bottom, y2: top }, stops),
      el('pattern', { id: 'missing', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
        el('rect', { width: 3, height: 8, fill: 'var(--line)' }))));
  const step = [300e3, 900e3, 1800e3, 3600e3, 7200e3, 14400e3].find((one) => (until - from) / one <= width / (unit * 5)) || 14400e3;
  for (let hour = Math.ceil(from / step) * step; hour <= until; hour += step) {
    svg.append(el('line', { class: 'axis', x1: x(hour), x2: x(hour), y1: top, y2: bottom }),
      el('text', { x: Math.min(x(hour), width - unit * 1.5), y: height - unit * 0.4, 'text-anchor': 'middle' }, clockOf(hour)));
  }
  svg.append(el('line', { class: 'axis', x1: left, x2: width, y1: bottom, y2: bottom }), el('text', { x: left - 6, y: bottom + 4, 'text-anchor': 'end' }, '0'));
  let written = bottom; // the scale's numbers stand apart, however high the queue has been
  thresholds.forEach((limit, n) => {
    svg.append(el('line', { class: 'limit', stroke: colours[n + 1], x1: left, x2: width, y1: y(limit), y2: y(limit) }));
    if (written - y(limit) < unit) return;
    written = y(limit);
    svg.append(el('text', { x: left - 6, y: written + 4, 'text-anchor': 'end' }, String(limit)));
  });
  const highest = Math.max(0, ...seen.map((one) => one.waiting));
  if (written - y(highest) >= unit) svg.append(el('text', { x: left - 6, y: y(highest) + 4, 'text-anchor': 'end' }, String(highest)));
  for (const [start, end] of holes(seen, from, until, maxGapSeconds * 1000)) {
    svg.append(el('rect', { x: x(start), y: top, width: Math.max(0, x(end) - x(start)), height: bottom - top, fill: 'url(#missing)' }));
  }
  for (const run of runs(seen, maxGapSeconds * 1000)) {
    const path = run.map((one, n) => (n ? `H${x(one.at).toFixed(1)}V${y(one.waiting).toFixed(1)}` : `M${x(one.at).toFixed(1)} ${y(one.waiting).toFixed(1)}`)).join('');
    svg.append(
      el('path', { d: `${path}V${bottom}H${x(run[0].at).toFixed(1)}Z`, fill: 'url(#bands)', opacity: 0.16 }),
      el('path', { class: 'line', d: path, stroke: 'url(#bands)' }));
  }
  marks.filter((mark) => mark.at >= from && mark.at <= until).forEach((mark) => svg.append(flag(mark, x(mark.at), top, bottom, unit)));
  return svg;
}

function flag(mark, at, top, bottom, unit) {
  const release = mark.kind === 'release';
  const colour = release ? 'var(--calm)' : 'var(--brand)';
  return el('g', { class: 'mark', 'data-kind': mark.kind, 'data-mark': `${mark.kind}-${mark.rung}` },
    el('title', { svg: true }, `${clockOf(mark.at)} ${t(release ? 'order.kind.release' : 'order.kind.order', { n: mark.rung })}`),
    el('line', { stroke: colour, 'stroke-width': 2, x1: at, x2: at, y1: top, y2: bottom }),
    el('rect', { x: at - unit * 0.8, y: top - unit * 1.5, width: unit * 1.6, height: unit * 1.5, rx: 4, fill: colour }),
    el('text', { x: at, y: top - unit * 0.42, 'text-anchor': 'middle' }, `${release ? '↓' : ''}${mark.rung}`));
}

/** Unbroken stretches of readings. */
function runs(readings, gap) {
  const all = [];
  readings.forEach((one, n) => {
    if (n === 0 || one.at - readings[n - 1].at > gap) all.push([]);
    all[all.length - 1].push(one);
  });
  return all;
}

/** Stretches without readings, from `from` to `until`. */
function holes(readings, from, until, gap) {
  const edges = [from, ...readings.map((one) => one.at), until];
  return edges.slice(1).map((end, n) => [edges[n], end]).filter(([start, end]) => end - start > gap);
}

function describe(readings, marks) {
  if (!readings.length) return t('trend.empty');
  const most = readings.reduce((best, one) => (one.waiting > best.waiting ? one : best));
  return t('trend.description', { most: most.waiting, at: clockOf(most.at), last: readings[readings.length - 1].waiting, orders: marks.length });
}

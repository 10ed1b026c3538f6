// A day or a week of the roster by the hour: each shift a bar, its meal and breaks pieces of it that can be moved to another of their times.
import { call, el, fill, number, t, tell } from './page.js';
import { dayAfter, dayLabel } from './days.js';
import { shown } from './shift_codes.js';

const HOUR = { 1: 44, 7: 12 }; // pixels
const two = (value) => String(value).padStart(2, '0');
const clock = (minutes) => { const one = ((minutes % 1440) + 1440) % 1440; return `${two(Math.floor(one / 60))}:${two(one % 60)}`; };

/** The hours of `days` days from one; `onMove(cells)` is asked to move a meal, `wanted(line)` says whose bars are shown, `holds(date)` whether a day is the plan's own. */
export class Hours {
  constructor(place, { url, frozen, onMove, wanted, holds }) {
    Object.assign(this, { place, url, frozen, onMove, wanted, holds, days: 0, lines: [], dragged: false, waits: false });
  }

  async load(first = this.first, days = this.days) {
    Object.assign(this, { first, days });
    if (!days) return fill(this.place);
    const lines = await call(`${this.url}/roster/hours?date=${first}&days=${days}`).catch(tell);
    if (!lines || first !== this.first || days !== this.days) return undefined;
    this.lines = lines;
    return this.draw();
  }

  draw() {
    if (!this.days) return;
    this.waits = this.dragged; // nothing moves under the pointer: what came meanwhile is drawn when it lets go
    if (this.waits) return;
    const [held] = this.place.getElementsByClassName('hours');
    const at = held ? [held.scrollLeft, held.scrollTop] : [null, 0];
    const wide = HOUR[this.days];
    const lines = this.lines.filter(this.wanted);
    const ticks = Array.from({ length: this.days }, (_, day) => Array.from({ length: 24 / (this.days === 1 ? 1 : 6) }, (__, n) => {
      const hour = this.days === 1 ? n : n * 6;
      return el('span', { style: { left: `${(day * 24 + hour) * wide}px` } }, this.days > 1 && hour === 0 ? dayLabel(dayAfter(this.first, day)) : two(hour));
    }));
    const view = el('div', { class: 'hours', tabindex: 0, role: 'region', 'aria-label': t('hours.label', { day: this.first }), style: { '--hour': `${wide}px`, '--hours': this.days * 24 } },
      el('div', { class: 'hours-head', 'aria-hidden': 'true' }, el('b', {}, t('hours.people', { n: number(new Set(lines.map((one) => one.badge)).size) })), el('div', {}, ticks)),
      byBadge(lines).map(([badge, own]) => el('div', { class: 'hours-line' }, el('b', { title: t('role.' + own[0].role) }, badge), el('div', {}, own.map((one) => this.bar(one, wide))))));
    fill(this.place, lines.length ? view : el('p', { class: 'hint' }, t('hours.none')));
    view.scrollLeft = at[0] ?? Math.max(0, (Math.min(...lines.map((one) => one.start)) / 60 - 1) * wide);
    view.scrollTop = at[1];
  }

  bar(one, wide) {
    const px = (minutes) => `${(minutes / 60) * wide}px`;
    const from = Math.max(one.start, 0);
    const to = Math.min(one.end, this.days * 1440);
    const said = `${one.badge} · ${shown(one.shift)} · ${clock(one.start)}–${clock(one.end)}`;
    return [el('i', { class: 'stretch', 'data-kind': one.kind, style: { left: px(from), width: px(to - from) }, title: said }, this.days === 1 ? `${shown(one.shift)} ${clock(one.start)}–${clock(one.end)}` : shown(one.shift)),
      ...pauses(one).filter((pause) => pause.at >= 0 && pause.at < this.days * 1440).map((pause) => this.pause(one, pause, wide, said))];
  }

  /** A meal (`number` null) or a break of a shift, to be moved to another of its times. */
  pause(one, pause, wide, said) {
    const fixed = this.frozen || pause.places.length < 2 || !this.holds(one.date);
    const meal = pause.number === null;
    const key = `${one.badge} ${one.date}${meal ? '' : ` ${pause.number}`}`;
    const told = t(meal ? 'hours.meal' : pause.name ? 'hours.break.named' : 'hours.break', { who: said, at: clock(pause.at), name: pause.name });
    const node = el('button', { type: 'button', class: meal ? 'meal' : 'meal short', disabled: fixed, [meal ? 'data-meal' : 'data-break']: key, 'data-key': `${meal ? 'meal' : 'break'} ${key}`,
      'aria-label': told, title: told, style: { left: `${(pause.at / 60) * wide}px`, width: `${(pause.minutes / 60) * wide}px` } });
    let grabbed = null;
    const nearest = (event) => {
      const wish = pause.at - one.start + ((event.clientX - grabbed) / wide) * 60;
      return pause.places.reduce((best, offset) => (Math.abs(offset - wish) < Math.abs(best - wish) ? offset : best));
    };
    const put = (offset) => { node.style.left = `${((one.start + offset) / 60) * wide}px`; };
    node.addEventListener('pointerdown', (event) => { if (fixed) return; grabbed = event.clientX; this.dragged = true; node.setPointerCapture(event.pointerId); });
    node.addEventListener('pointermove', (event) => { if (grabbed !== null) put(nearest(event)); });
    node.addEventListener('pointercancel', () => { grabbed = null; put(pause.at - one.start); this.letGo(); });
    node.addEventListener('pointerup', (event) => {
      if (grabbed === null) return;
      const offset = nearest(event);
      grabbed = null;
      this.letGo();
      this.move(one, pause, offset);
    });
    node.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const place = pause.places.indexOf(pause.at - one.start);
      this.move(one, pause, pause.places[Math.max(0, Math.min(pause.places.length - 1, place + step))]);
    });
    return node;
  }

  letGo() {
    this.dragged = false;
    if (this.waits) this.draw();
  }

  move(one, pause, offset) {
    if (offset === pause.at - one.start) return;
    const before = cellOf(one, pause.number !== null);
    if (pause.number === null) one.meal = one.start + offset;
    else one.breaks[pause.number].at = one.start + offset;
    this.draw();
    this.onMove(cellOf(one, pause.number !== null), before);
  }
}

/** The meal and the breaks of a shift: when, how long, where they may be; `number` tells the breaks apart. */
const pauses = (one) => [
  ...(one.meal === null ? [] : [{ number: null, at: one.meal, minutes: one.meal_minutes, places: one.meals, name: '' }]),
  ...(one.breaks ?? []).map((pause, number) => ({ ...pause, number })),
];

/** What is asked for: a meal moved takes breaks along where they no longer fit; a break moved moves itself alone. */
const cellOf = (one, whole) => ({ badge: one.badge, date: one.date, shift: one.shift, meal_minute: one.meal === null ? null : one.meal - one.start,
  ...(whole ? { break_minutes: one.breaks.map((pause) => pause.at - one.start) } : {}) });

/** The lines of each person together, in the order of their first shift. */
function byBadge(lines) {
  const people = new Map();
  lines.forEach((one) => people.set(one.badge, [...(people.get(one.badge) ?? []), one]));
  return [...people];
}

// Step 4: what the calls mean in seats, as a field of days and times, and one day closely.
import { call, el, facts, fill, number, percent, t } from './page.js';
import { chart } from './chart.js';
import { dayLabel, weekdayOf } from './days.js';
import { whatIf } from './plan_target.js';

export async function seatsStep(place, context) {
  const told = await call(`${context.url}/seats`);
  const near = el('div', {});
  const target = el('div', { 'data-target': '' });
  const rest = (day) => weekdayOf(day) >= 5;
  const body = el('tbody', {}, told.days.map((day, n) => el('tr', { 'data-day': day, 'data-rest': rest(day) }, el('th', { scope: 'row' }, el('button', { type: 'button', class: 'quiet small', onclick: () => show(n) }, dayLabel(day))),
    told.seats_required[n].map((seats) => cell(seats, told.most_seats)))));
  fill(place, el('h2', {}, t('seats.title')),
    facts([[t('seats.hours'), number(told.seat_hours)], [t('seats.people.hours'), number(told.people_hours)], [t('seats.most'), number(told.most_seats)], [t('seats.level'), percent(told.service_level)],
      [t('seats.wait'), told.mean_wait_seconds === null ? '' : t('seats.seconds', { n: number(told.mean_wait_seconds, 1) })], [t('seats.occupancy'), percent(told.occupancy)]]),
    target, near, el('h3', {}, t('seats.heat')), el('p', { class: 'hint' }, t('seats.pick')),
    el('div', { class: 'heat', tabindex: 0, role: 'region', 'aria-label': t('seats.heat') }, el('table', {}, el('thead', {}, el('tr', {}, el('th', {}, ''), told.times.map((time) => el('th', { scope: 'col' }, time.endsWith(':00') ? time.slice(0, 2) : '')))), body)));
  function show(n) {
    [...body.children].forEach((row, at) => row.setAttribute('aria-selected', String(at === n)));
    fill(near, chart({ title: t('seats.day', { day: `${told.days[n]} ${dayLabel(told.days[n]).slice(6)}` }), labels: told.times, height: 220, series: [
      { name: t('seats.roster.people'), kind: 'step', faint: true, dashed: true, colour: 'var(--series-2)', values: told.people_to_roster[n] },
      { name: t('seats.required'), kind: 'step', colour: 'var(--series)', values: told.seats_required[n] }] }));
  }
  show(0);
  await whatIf(target, context, told);
}

function cell(seats, most) {
  if (seats === null) return el('td', {}, '');
  const share = most ? seats / most : 0;
  return el('td', { style: { '--h': share.toFixed(3) } }, number(seats));
}

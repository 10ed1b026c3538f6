// The day so far beside its forecast: the calls as they came between their limits, and what is still to come.
import { call, el, facts, fill, number, Refused, t, tell } from './page.js';
import { chart } from './chart.js';

/** A section for one of `queues`, drawn when a queue is chosen. */
export function today(queues) {
  const result = el('div', { 'data-explore': 'today' });
  const queue = el('select', { name: 'today', onchange: () => show(queue.value, result) }, queues.map((one) => el('option', {}, one)));
  if (queues.length) show(queues[0], result);
  else fill(result, el('p', { class: 'hint' }, t('today.none.queue')));
  return el('section', { class: 'panel', 'data-step': 'today' }, el('h2', {}, t('today.title')), el('p', { class: 'hint' }, t('today.about')),
    queues.length ? el('label', { class: 'inline' }, t('explore.queue'), queue) : null, result);
}

async function show(queue, place) {
  try {
    const told = await call(`/v1/queues/${encodeURIComponent(queue)}/today`);
    fill(place, told.day === null ? el('p', { class: 'hint' }, t('today.none', { queue })) : picture(told));
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 403) tell(error);
  }
}

function picture(told) {
  const column = (name) => told.intervals.map((one) => one[name]);
  const last = column('calls_so_far').findLastIndex((value) => value !== null);
  const expected = column('calls_expected').map((value, n) => (n === last ? told.calls_so_far : value)); // one line goes on where the other ends
  return [
    facts([[t('today.so-far'), number(told.calls_so_far), told.outside_band ? 'bad' : 'good'], [t('today.band'), `${number(told.lower)}–${number(told.upper)}`],
      [t('today.since'), told.first_outside_at?.slice(11, 16), 'bad'], [t('today.to-come'), told.still_to_come === null ? null : number(told.still_to_come)]]),
    chart({ title: t('today.chart', { day: told.day }), labels: told.intervals.map((one) => one.interval_start.slice(11, 16)), height: 240, series: [
      { name: t('today.limits'), kind: 'ribbon', colour: 'var(--series)', opacity: 0.2, values: told.intervals.map((one) => [one.lower, one.upper]) },
      { name: t('today.expected'), kind: 'line', dashed: true, colour: 'var(--series-2)', values: expected },
      { name: t('today.came'), kind: 'line', colour: 'var(--series)', values: column('calls_so_far') }] })];
}

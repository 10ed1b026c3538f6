// What the seats are worked out for, and what another target would ask for before it is kept.
import { aside, call, el, facts, fill, number, percent, say, t, tell } from './page.js';

const SHARES = ['service_level', 'max_occupancy', 'shrinkage'];

/** The target as a form: tried out beside what stands, then kept or left. */
export async function whatIf(place, context, standing) {
  const field = (name, words, attributes) => el('label', {}, t(words), el('input', { name, type: 'number', step: 'any', required: true, disabled: context.frozen, value: shown(name, standing.target[name]), ...attributes }));
  const answer = el('div', { 'data-what-if': '' });
  const form = el('form', { class: 'row target', onsubmit: (event) => { event.preventDefault(); run(); } },
    field('service_level', 'target.level', { min: 1, max: 99.9 }), field('answer_within_seconds', 'target.within', { min: 0, max: 3600 }),
    field('max_occupancy', 'target.occupancy', { min: 1, max: 100, required: false }), field('shrinkage', 'target.shrinkage', { min: 0, max: 90 }),
    context.frozen ? null : el('button', { type: 'submit', 'data-action': 'what-if' }, t('target.try')));
  const wanted = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== '').map(([name, value]) => [name, SHARES.includes(name) ? Number(value) / 100 : Number(value)]));

  async function run() {
    try {
      const target = wanted();
      const tried = await call(`${context.url}/seats?${new URLSearchParams(target)}`);
      const against = (a, b) => `${number(a)} → ${number(b)}${aside(`${b >= a ? '+' : '−'}${number(Math.abs(b - a))}`)}`;
      fill(answer, el('div', { class: 'verdict' }, facts([[t('seats.people.hours'), against(standing.people_hours, tried.people_hours)], [t('seats.hours'), against(standing.seat_hours, tried.seat_hours)], [t('seats.most'), against(standing.most_seats, tried.most_seats)],
        [t('seats.level'), `${percent(standing.service_level)} → ${percent(tried.service_level)}`], [t('seats.wait'), standing.mean_wait_seconds === null ? '' : `${number(standing.mean_wait_seconds, 1)} → ${t('seats.seconds', { n: number(tried.mean_wait_seconds, 1) })}`]]),
      el('div', { class: 'row' }, el('button', { type: 'button', class: 'primary', 'data-action': 'keep-target', onclick: () => keep(target) }, t('target.keep')), el('button', { type: 'button', class: 'quiet', onclick: () => fill(answer) }, t('target.leave')))));
    } catch (error) { tell(error); }
  }
  async function keep(target) {
    try {
      await call(`${context.url}/target`, { method: 'PUT', body: target });
      say(t('target.kept'));
      await context.refresh();
    } catch (error) { tell(error); }
  }
  fill(place, el('h3', {}, t('target.title')), form, answer);
}

const shown = (name, value) => (value === null || value === undefined ? '' : SHARES.includes(name) ? Math.round(value * 1000) / 10 : value);

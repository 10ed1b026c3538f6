// Ladders compared over surges that answer to what is ordered: what each costs, and what it brings.
import { outcome, watchJob } from './plan_jobs.js';
import { call, el, fill, nameOf, number, percent, scrolled, t, tell } from './page.js';

const ROLES = ['expert', 'outbound', 'qa', 'back_office'];
const list = (text) => text.split(/[\s,;，；]+/).filter(Boolean).map(Number);

let found = null; // the job under way, or what the last one found: the page may be drawn anew meanwhile

export function lab(onLeave) {
  const result = el('div', { 'data-explore': 'lab' });
  const field = (name, words, value, attributes = {}) => el('label', {}, t(words), el('input', { name, value, required: true, ...attributes }));
  const form = el('form', { class: 'replay-form', onsubmit: (event) => { event.preventDefault(); run(form, result, onLeave).catch(tell); } },
    el('div', { class: 'row lab' }, field('interval_minutes', 'lab.interval', 30, { type: 'number', min: 5, max: 120 }), field('aht_seconds', 'lab.aht', 180, { type: 'number', min: 1 }), field('patience_seconds', 'lab.patience', 240, { type: 'number', min: 1, required: false })),
    field('calls', 'lab.calls', '120, 260, 260, 120, 60'), field('seats', 'lab.seats', '14, 14, 14, 14, 14'),
    el('fieldset', { class: 'row lab' }, el('legend', {}, t('lab.people')), ROLES.map((role) => field(role, 'role.' + role, 3, { type: 'number', min: 0, max: 200 }))),
    el('details', {}, el('summary', {}, t('explore.ladder.edit')), el('label', {}, t('explore.ladder.toml'), el('textarea', { name: 'ladder', rows: 6, spellcheck: 'false' }))),
    el('div', { class: 'row' }, el('button', { type: 'submit', class: 'primary', 'data-action': 'lab' }, t('lab.run'))));
  if (found?.job_id) watch(found, result, onLeave);
  else if (found) draw(result, found);
  return el('section', { class: 'panel', 'data-step': 'lab' }, el('h2', {}, t('lab.title')), el('p', { class: 'hint' }, t('lab.about')), form, result);
}

async function run(form, place, onLeave) {
  const given = Object.fromEntries(new FormData(form));
  const body = { interval_minutes: Number(given.interval_minutes), aht_seconds: Number(given.aht_seconds), patience_seconds: given.patience_seconds === '' ? null : Number(given.patience_seconds),
    calls: list(given.calls), seats: list(given.seats), people: Object.fromEntries(ROLES.map((role) => [role, Number(given[role])])), ladder: given.ladder };
  found = await call('/v1/explore/compare', { method: 'POST', body });
  watch(found, place, onLeave);
}

function watch(job, place, onLeave) {
  watchJob(place, { onLeave }, job, { at: `/v1/explore/compare/${job.job_id}`, ended: (now) => {
    found = now.state === 'done' ? now.result : null;
    return found ? draw(place, found) : fill(place, outcome(now));
  } });
}

const COLUMNS = [['answer_rate', (row) => `${percent(row.answer_rate)} ± ${number(row.answer_rate_half_width * 100, 1)}`], ['service_level', (row) => percent(row.service_level)], ['minutes_above_5', (row) => number(row.minutes_above_5, 1)],
  ['minutes_above_10', (row) => number(row.minutes_above_10, 1)], ['people_minutes', (row) => number(row.people_minutes)], ['sign_ins', (row) => number(row.sign_ins, 1)], ['flaps', (row) => number(row.flaps, 1)], ['highest_rung', (row) => number(row.highest_rung, 1)]];

function draw(place, told) {
  const best = Math.max(...told.rows.map((row) => row.answer_rate));
  fill(place, el('p', { class: 'hint' }, t('lab.said', { runs: number(told.runs), hours: number(told.hours, 1) })), scrolled(t('lab.title'), el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('explore.ladder')), COLUMNS.map(([name]) => el('th', { scope: 'col', class: 'number' }, t('lab.' + name))))),
    el('tbody', {}, told.rows.map((row) => el('tr', { 'data-ladder': row.ladder, class: row.answer_rate === best ? 'best' : '' }, el('th', { scope: 'row' }, nameOf('ladder', row.ladder)), COLUMNS.map(([, words]) => el('td', { class: 'number' }, words(row)))))))));
}

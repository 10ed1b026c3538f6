// What a planner asks of a roster that stands: repair it, why it is short, what other headcounts could do. Each is a job.
import { el, fill, number, Refused, saidOf, scrolled, t, tell } from './page.js';
import { monthDay } from './days.js';
import { beginJob, lastJob, outcome, runningJob, watchJob } from './plan_jobs.js';
import { named } from './shift_codes.js';

/** The three questions about the roster `told`, each with what it last brought. */
export function questions(context, told) {
  const dates = told.days.map((one) => one.date);
  const roles = [...new Set(told.people.map((one) => one.role))];
  const field = (words, input) => el('label', {}, t(words), input);
  const day = (name) => el('select', { name }, dates.map((date) => el('option', { value: date }, date)));
  return el('div', { class: 'questions' },
    question(context, 'replan', 'repair', [
      field('repair.badge', el('input', { name: 'badge', required: true, list: 'badges', autocomplete: 'off' })), field('repair.from', day('from')), field('repair.to', day('to')),
      field('repair.most', el('input', { name: 'most', type: 'number', min: 0, max: 1000 }))],
    (given) => ({ away: [{ badge: given.badge.trim(), days: given.to > given.from ? `${given.from}..${given.to}` : given.from }], frozen_before: given.from, ...(given.most === '' ? {} : { most_changes: Number(given.most) }) }), repaired),
    question(context, 'why', 'reason', [], () => ({}), reasons),
    question(context, 'what_if', 'whatif', [
      field('whatif.add', el('input', { name: 'headcount', required: true, value: '-2, 2, 5', pattern: '[\\-+ ,，0-9]+' })), field('roster.filter', el('select', { name: 'role' }, roles.map((role) => el('option', { value: role }, t('role.' + role)))))],
    (given) => ({ headcount: given.headcount.split(/[\s,，]+/).map(Number).filter(Boolean).slice(0, 20), role: given.role }), compared),
    question(context, 'leave', 'away', [
      field('away.months', el('input', { name: 'months', type: 'number', min: 1, max: 12, value: 3, required: true })),
      field('away.ranking', el('select', { name: 'ranking' }, ['fair', 'first', 'points'].map((one) => el('option', { value: one }, t('away.' + one))))),
      field('away.requests', el('textarea', { name: 'requests', rows: 3, cols: 40, placeholder: '1002 2027-02-08 2027-02-12' }))],
    (given) => ({ months: Number(given.months), ranking: given.ranking, requests: given.requests.split('\n').map(request).filter(Boolean) }), places));
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A line of requests for leave: badge, first day, last day, points; one that cannot be understood is named. */
function request(line, n) {
  const [badge, first_on, last_on, points] = line.trim().split(/[\s,，;；]+/);
  if (!badge) return null;
  if (![first_on, last_on ?? first_on].every((day) => DATE.test(day)) || Number.isNaN(Number(points ?? 0))) throw new Refused(422, { detail: t('away.wrong', { n: n + 1, line: line.trim() }) });
  return { badge, first_on, ...(last_on ? { last_on } : {}), ...(points ? { points: Number(points) } : {}) };
}

function question(context, kind, words, fields, body, draw) {
  const answer = el('div', { 'data-result': kind });
  const work = el('div', {});
  const form = el('form', { class: 'row end-aligned', onsubmit: (event) => { event.preventDefault(); begin(Object.fromEntries(new FormData(event.target))); } },
    fields, el('button', { type: 'submit', 'data-action': kind }, t(words + '.do')));
  const place = el('details', { class: 'question', 'data-question': kind }, el('summary', {}, el('b', {}, t(words + '.title'))), el('p', { class: 'hint small' }, t(words + '.about')), form, work, answer);
  const told = (job) => {
    fill(work, outcome(job));
    fill(answer, job?.state === 'done' ? draw(job.result, context) : null);
  };
  const watch = (job) => {
    place.open = true;
    form.hidden = true;
    watchJob(work, context, job, { ended: (now) => { form.hidden = false; told(now); if (kind === 'replan' && now.result.plan_id === context.plan.plan_id) context.refresh().catch(tell); } });
  };
  async function begin(given) {
    try { watch(await beginJob(context, kind, body(given))); } catch (error) { tell(error); }
  }
  const running = runningJob(context.plan, kind);
  const last = lastJob(context.plan, kind);
  if (running) watch(running);
  else if (last) { told(last); place.open = fresh(last); }
  return place;
}

/** Whether a job ended a moment ago: its answer is then what one looks for. */
const fresh = (job) => job.finished_at && Date.now() - Date.parse(job.finished_at) < 60e3;
const table = (name, heads, rows) => scrolled(name, el('table', {},
  el('thead', {}, el('tr', {}, heads.map(([head, kind]) => el('th', { scope: 'col', class: kind }, head)))), el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell, n) => el('td', { class: heads[n][1] }, cell)))))));

function repaired(result, context) {
  const elsewhere = result.plan_id !== context.plan.plan_id;
  return [el('p', { class: 'verdict', role: 'status' }, result.changes.length ? t('repair.done', { n: result.changes.length, needed: result.needed, before: number(result.shortage_hours_before, 1), after: number(result.shortage_hours, 1) }) : t('repair.nothing')),
    elsewhere ? el('p', { class: 'row' }, t('repair.new'), el('a', { class: 'button primary', href: `#${result.plan_id}/roster` }, t('repair.open'))) : null,
    result.changes.length ? table(t('repair.title'), [[t('head.badge')], [t('forecast.day')], [''], ['']], result.changes.map((one) => [one.badge, monthDay(one.date), named(one.before), `→ ${named(one.after)}`])) : null];
}

function reasons(result) {
  return [result.conflicts.length ? el('ul', { class: 'verdict bad' }, result.conflicts.map((one) => el('li', {}, saidOf(one, 'message')))) : el('p', { class: 'verdict' }, t('reason.none')),
    result.prices.length ? [el('h4', {}, t('reason.prices')), table(t('reason.prices'), [[t('reason.rule')], [t('reason.change')], [t('reason.less'), 'number'], [t('reason.gain'), 'number']],
      result.prices.filter((one) => one.gain > 0).map((one) => [saidOf(one, 'label'), saidOf(one, 'change'), number(one.shortage_hours_less, 1), number(one.gain)]))] : null];
}

function compared(result) {
  const called = (name) => { const [, role, n] = /^(\w+) ([+-]\d+)$/.exec(name) || []; return role ? t('whatif.row', { n: n.replace('-', '−'), role: t('role.' + role) }) : t('whatif.now'); };
  return table(t('whatif.title'), [[''], [t('whatif.people'), 'number'], [t('roster.shortage'), 'number'], [t('roster.surplus'), 'number']],
    result.scenarios.map((one) => [called(one.scenario), number(one.people), number(one.shortage_hours, 1), number(one.surplus_hours, 1)]));
}

const grouped = (rows, key) => rows.reduce((all, one) => all.set(key(one), [...(all.get(key(one)) || []), one]), new Map());

/** How many may be away: of each group a month a row, a day a column; and what became of each request. */
function places(result) {
  const groups = grouped(result.places, (one) => one.group);
  const called = (group) => { const word = t('role.' + group); return word === 'role.' + group ? group : word; };
  const days = [...Array(31).keys()].map((n) => n + 1);
  const grid = ([group, rows]) => {
    const months = grouped(rows, (one) => one.date.slice(0, 7));
    const name = t('away.group', { group: called(group), people: number(rows[0].people) });
    const shown = (one) => (one ? el('span', { class: one.left ? '' : 'bad', title: t('away.day', { date: one.date, may: one.may_be_away, away: one.away }) }, one.left) : '');
    const body = table(name, [[t('away.month')], ...days.map((day) => [day, 'number'])], [...months].map(([month, of]) => [month, ...days.map((day) => shown(of[day - 1]))]));
    return el('details', { open: group === result.places[0].group }, el('summary', {}, name), body);
  };
  const span = (first, last) => el('time', {}, first === last ? first : `${first} – ${last}`);
  const decided = (one) => [one.badge, span(one.first_on, one.last_on), [el('span', { class: one.granted ? 'good' : 'bad' }, t(one.granted ? 'away.granted' : 'away.refused')), ' ', saidOf(one, 'reason'), one.instead_first_on ? [t('away.instead'), span(one.instead_first_on, one.instead_last_on)] : '']];
  return [result.decisions.length ? table(t('away.requests'), ['head.badge', 'away.days', 'away.decision'].map((name) => [t(name)]), result.decisions.map(decided)) : null, [...groups].map(grid)];
}

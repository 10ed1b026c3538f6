// Plans as wholes: the list of them, what they are called, and to begin, copy and delete one.
import { ask, call, colon, el, fill, find, language, say, t, tell } from './page.js';
import { dayAfter, stamp, weekdayOf } from './days.js';

const COPIES = /\s*[（(](新版|副本|new version|copy)[）)]$/; // a copy's copy is not called so twice

/** What a plan is called that has no name: its month, or its first and last day, and its queue. */
const unnamed = (plan) => `${plan.period[language()]} ${plan.queue_shown}`.trim();

/** What a plan is called: by its planner, else by its month and queue. */
export const called = (plan) => plan.title || unnamed(plan);

/** Plans to choose from, and what stands in their place where there are none. */
export const planOptions = (plans, chosen) => plans.map((one) => el('option', { value: one.plan_id, selected: one.plan_id === chosen }, `${called(one)} · ${one.created_at.slice(0, 10)}`));
export const noPlans = () => el('p', { class: 'hint' }, t('explore.no-plan'), ' ', el('a', { href: '/plan' }, t('nav.plan')));

/** The head of a plan's page: its month and name, its note, and what can be done with it as a whole. */
export function headOf({ plan, refresh }, go) {
  return el('div', { class: 'plan-head', 'data-plan': plan.plan_id },
    el('h1', { class: 'big' }, `${plan.period[language()]} `, el('span', { class: 'soft' }, `${plan.queue_shown} `), plan.title ? el('span', {}, `${plan.title} `) : null, tag(plan)),
    el('div', { class: 'row' },
      el('button', { type: 'button', class: 'quiet', 'data-action': 'words', onclick: () => words(plan, refresh) }, t('plan.words')),
      el('button', { type: 'button', class: 'quiet', 'data-action': 'copy', onclick: () => copy(plan, go) }, t(plan.published_at ? 'plan.copy.next' : 'plan.copy'))),
    plan.note ? el('p', { class: 'plan-note', 'data-note': '' }, plan.note) : null);
}

const tag = (plan) => (plan.published_at ? el('span', { class: 'tag' }, t(plan.superseded ? 'plan.superseded' : 'plan.published')) : null);

/** Every plan, the newest first, and a form to begin another. */
export async function drawPlans(main, go) {
  const asked = location.hash;
  const plans = await call('/v1/plans');
  if (location.hash !== asked) return; // a plan was chosen meanwhile
  const again = () => drawPlans(main, go).catch(tell);
  const next = new Date();
  next.setMonth(next.getMonth() + 1, 1);
  const month = `${next.getFullYear()}-${String(next.getMonth() + 1).padStart(2, '0')}`;
  const form = el('form', { class: 'row', onsubmit: (event) => begin(event, go) },
    el('label', {}, t('plan.period'), el('select', { name: 'weeks', onchange: (event) => period(event.target) }, el('option', { value: '' }, t('plan.month')), [1, 2, 3, 4, 5, 6, 8].map((weeks) => el('option', { value: String(weeks) }, t('plan.weeks', { n: weeks }))))),
    el('label', { 'data-period': 'month' }, t('plan.month'), el('input', { name: 'month', type: 'month', required: true, value: month, pattern: '\\d{4}-\\d{2}' })),
    el('label', { 'data-period': 'weeks', hidden: true }, t('plan.first'), el('input', { name: 'first', type: 'date', value: mondayFrom(`${month}-01`) })),
    el('label', {}, t('plan.queue'), el('input', { name: 'queue', maxlength: 64 })),
    el('label', {}, t('plan.country'), el('select', { name: 'country' }, el('option', { value: '' }, t('plan.country.CN')), el('option', { value: '-' }, t('plan.country.none')))),
    el('button', { class: 'primary', type: 'submit', style: { 'align-self': 'end' } }, t('plan.new')));
  fill(main, el('h1', { class: 'big' }, t('plan.title')), el('section', { class: 'panel' }, form),
    el('section', { class: 'panel' }, el('h2', {}, t('plan.existing')), plans.length ? el('ul', { class: 'plans' }, plans.map((one) => line(one, plans, again, go))) : el('p', { class: 'hint' }, t('plan.none'))));
}

/** Ask for a month, or for the first day of so many weeks. */
function period(select) {
  const { form, value } = select;
  for (const kind of ['month', 'weeks']) {
    const label = find(`[data-period="${kind}"]`, form);
    label.hidden = (kind === 'weeks') !== Boolean(value);
    find('input', label).required = !label.hidden;
  }
}

/** The first Monday on or after a date. */
const mondayFrom = (date) => dayAfter(date, (7 - weekdayOf(date)) % 7);

/** What the service calls the period that was asked for: a month, or the first and the last day of the weeks. */
function periodName({ month, first, weeks }) {
  return weeks ? `${first}..${dayAfter(first, 7 * Number(weeks) - 1)}` : month;
}

function line(plan, plans, again, go) {
  const origin = plans.find((one) => one.plan_id === plan.copied_from);
  const said = [plan.title ? unnamed(plan) : '', t(plan.published_at ? (plan.superseded ? 'plan.superseded' : 'plan.published') : 'plan.draft'),
    t('plan.made', { at: stamp(plan.created_at), who: plan.created_by }), origin ? t('plan.copy.of', { title: called(origin) }) : ''].filter(Boolean).join(' · ');
  const button = (action, key, run) => el('button', { type: 'button', class: 'quiet', 'data-action': action, 'aria-label': `${t(key)}${colon()}${called(plan)}`, onclick: run }, t(key));
  return el('li', { 'data-plan': plan.plan_id },
    el('div', { class: 'row' }, el('a', { class: 'button', href: `#${plan.plan_id}/files` }, called(plan)), el('span', { class: 'soft' }, said)),
    plan.note ? el('p', { class: 'plan-note small' }, plan.note) : null,
    el('div', { class: 'row' }, button('words', 'plan.words', () => words(plan, again)), button('copy', 'plan.copy', () => copy(plan, go)), plan.published_at ? null : button('delete', 'plan.delete', () => remove(plan, again))));
}

async function begin(event, go) {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(event.target));
  try {
    go((await call('/v1/plans', { method: 'POST', body: { month: periodName(given), queue: given.queue.trim() || null, country: given.country || null } })).plan_id, 'files');
  } catch (error) { tell(error); }
}

/** Ask for the plan's name and note. */
async function words(plan, done) {
  const answer = await ask(t('plan.words'), [
    el('label', {}, t('plan.name'), el('input', { name: 'title', maxlength: 80, value: plan.title, placeholder: unnamed(plan) })),
    el('label', {}, t('plan.note'), el('textarea', { name: 'note', maxlength: 2000, rows: 4, value: plan.note }))]);
  if (!answer) return;
  try {
    await call(`/v1/plans/${plan.plan_id}`, { method: 'PUT', body: { title: answer.title.trim(), note: answer.note.trim() } });
    await done();
  } catch (error) { tell(error); }
}

async function copy(plan, go) {
  const answer = await ask(t(plan.published_at ? 'plan.copy.next' : 'plan.copy'), [
    plan.published_at ? el('p', {}, t('plan.copy.about')) : null,
    el('label', {}, t('plan.name'), el('input', { name: 'title', maxlength: 80, required: true, value: t(plan.published_at ? 'plan.copy.next.name' : 'plan.copy.name', { title: called(plan).replace(COPIES, '') }).slice(0, 80) }))].filter(Boolean));
  if (!answer) return;
  try {
    const made = await call(`/v1/plans/${plan.plan_id}/copy`, { method: 'POST', body: { title: answer.title.trim() } });
    go(made.plan_id, plan.published_at ? 'roster' : 'files');
    say(t('plan.copy.done', { title: called(made) }));
  } catch (error) { tell(error); }
}

async function remove(plan, done) {
  if (!await ask(t('plan.delete.sure', { title: called(plan) }), el('p', {}, t('plan.delete.about')), { confirm: t('plan.delete'), danger: true })) return;
  try {
    await call(`/v1/plans/${plan.plan_id}`, { method: 'DELETE' });
    await done();
    say(t('plan.delete.done', { title: called(plan) }));
  } catch (error) { tell(error); }
}

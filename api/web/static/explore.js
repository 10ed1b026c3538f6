// The analyst's page: how forecasts would have done, and what a ladder would have ordered on a chosen day.
import './words_planner.js';
import './words_explore.js';
import { aside, call, el, facts, fill, find, head, keepTyped, language, nameOf, number, percent, percentSign, Refused, scrolled, t, tell } from './page.js';
import { WORDS } from './words.js';
import { chart } from './chart.js';
import { monthDay, span } from './days.js';
import { noPlans, planOptions } from './plan_heads.js';
import { beginJob, outcome, watchJob } from './plan_jobs.js';
import { lab } from './explore_lab.js';
import { rehearsal } from './explore_rehearse.js';
import { today } from './explore_today.js';
import { setZone, clockOf } from './time.js';
import { trend } from './trend.js';

const main = find('#main');
let replayed = null;
let played = []; // what was asked for it, to be asked again in another language
let scoring = null; // the backtest under way: { job, plan }
const chosen = {}; // plan, queue and day
let leaving = []; // what is to stop when the page is drawn anew

async function draw() {
  const unlessForbidden = (error) => { if (error instanceof Refused && error.status === 403) return []; throw error; };
  const [plans, forecasters, queues] = await Promise.all([
    call('/v1/plans').catch(unlessForbidden), call('/v1/explore/forecasters').catch(unlessForbidden), call('/v1/wall?limit=10000').then((told) => told.queues.map((one) => one.queue).sort())]);
  for (const one of forecasters) WORDS['model.' + one.name] = [one.zh, one.en];
  const days = queues.length ? await daysOf(chosen.queue ?? queues[0]) : [];
  leaving.forEach((stop) => stop());
  leaving = [];
  main.replaceChildren(el('h1', { class: 'big' }, t('explore.heading')), accuracy(plans, forecasters), today(queues), rehearsal(plans, (stop) => leaving.push(stop)), surge(queues, days), lab((stop) => leaving.push(stop)));
}

/* ---- accuracy ---- */

function accuracy(plans, forecasters) {
  const result = el('div', { 'data-explore': 'accuracy' });
  const place = el('section', { class: 'panel', 'data-step': 'accuracy' }, el('h2', {}, t('explore.accuracy')));
  if (!plans.length) { place.append(noPlans()); return place; }
  const plan = el('select', { name: 'plan', onchange: () => { chosen.plan = plan.value; show(plan.value, result); } }, planOptions(plans, chosen.plan));
  const months = el('input', { name: 'months', type: 'number', min: 1, max: 60, value: 6, style: { width: '6rem' } });
  const boxes = forecasters.map((one) => el('input', { type: 'checkbox', name: 'against', value: one.name, checked: one.by_default }));
  const against = () => boxes.filter((box) => box.checked).map((box) => box.value);
  place.append(el('form', { class: 'row', onsubmit: (event) => { event.preventDefault(); run(plan.value, { months: Number(months.value), against: against() }, result).catch(tell); } },
    el('label', { class: 'inline' }, t('explore.history-of'), plan), el('label', { class: 'inline' }, t('explore.months'), months),
    el('fieldset', { class: 'row' }, el('legend', {}, t('explore.against')), boxes.map((box) => el('label', { class: 'inline' }, box, t('model.' + box.value)))), el('button', { type: 'submit', class: 'primary', 'data-action': 'backtest' }, t('explore.run'))), result);
  show(plan.value, result);
  return place;
}

async function show(plan, place) {
  if (scoring?.plan === plan) return watch(scoring.job, plan, place);
  fill(place);
  try { scores(place, await call(`/v1/plans/${plan}/backtest`)); } catch (error) { if (!(error instanceof Refused) || error.status !== 404) tell(error); }
}

async function run(plan, asked, place) {
  watch(await beginJob({ url: `/v1/plans/${plan}` }, 'backtest', asked), plan, place);
}

function watch(job, plan, place) {
  scoring = { job, plan };
  const ended = (now) => { scoring = null; return now.state === 'done' ? show(plan, place) : fill(place, outcome(now)); };
  watchJob(place, { url: `/v1/plans/${plan}`, onLeave: (run_) => leaving.push(run_) }, job, { ended });
}

const share = (values) => values.map((value) => (value === null ? null : value * 100));

function scores(place, told) {
  const all = told.by.month.all;
  const picture = (name, labels = told.by[name].labels) => chart({
    title: t('explore.by.' + name), labels, digits: 1, unit: percentSign(), height: 200,
    series: [{ name: t('measure.hourly_wape'), kind: 'bar', values: share(told.by[name].wape) }, { name: t('measure.poisson_floor'), kind: 'step', dashed: true, colour: 'var(--soft)', values: share(told.by[name].poisson_floor) }, { name: t('measure.bias'), kind: 'line', values: share(told.by[name].bias) }],
  });
  fill(place,
    facts([[t('measure.hourly_wape'), percent(all.wape)], [t('measure.wape.daily'), percent(all.daily_wape)], [t('measure.bias'), percent(all.bias)], [t('measure.hit80'), percent(all.hit_rate_80)], [t('measure.hit95'), percent(all.hit_rate_95)], [t('measure.poisson_floor'), percent(all.poisson_floor)]]),
    el('div', { class: 'cards wide' }, picture('month'), picture('hour'), picture('weekday', told.by.weekday.labels.map((day) => t('weekday.of', { day: t('weekday.' + day) }))), picture('horizon'), told.by.holiday?.labels.length ? picture('holiday') : null, told.experts?.labels.length ? beliefs(told.experts) : null),
    el('h3', {}, t('explore.models')),
    scrolled(t('explore.models'), el('table', {}, el('thead', {}, el('tr', {}, [t('explore.model'), t('measure.hourly_wape'), t('measure.bias'), t('understood.intervals')].map((words) => el('th', { scope: 'col' }, words)))),
      el('tbody', {}, told.models.map((one) => el('tr', { 'data-model': one.model }, el('th', { scope: 'row' }, t('model.' + one.model)), el('td', {}, percent(one.wape)), el('td', {}, percent(one.bias)), el('td', {}, number(one.intervals))))))),
    overrides(told.overrides || []));
}

/** How the weights of the experts moved from month to month. */
function beliefs(experts) {
  return chart({ title: t('explore.experts'), labels: experts.labels, digits: 0, unit: percentSign(), height: 200,
    series: ['season', 'swing', 'day_of_month', 'step'].map((name) => ({ name: t('explore.experts.' + name), kind: 'line', dashed: name === 'step', values: share(experts[name]) })) });
}

/** What each change by hand was worth: a bar for the error of the model beside one for the planner's. */
function overrides(scored) {
  if (!scored.length) return null;
  const column = (key, kind = '') => el('th', { scope: 'col', class: kind }, t(key));
  const labels = scored.map((one) => monthDay(one.start_at));
  return el('section', { 'data-explore': 'overrides' }, el('h3', {}, t('explore.overrides')), el('p', { class: 'hint small' }, t('explore.overrides.about')),
    chart({ title: t('explore.overrides'), labels, height: 200, series: [{ name: t('explore.override.model'), kind: 'bar', values: scored.map((one) => one.error_model) },
      { name: t('explore.override.planner'), kind: 'line', colour: 'var(--series-2)', values: scored.map((one) => one.error_override) }] }),
    scrolled(t('explore.overrides'), el('table', {}, el('thead', {}, el('tr', {}, column('explore.override.when'), column('why'), column('explore.override.factor', 'number'), column('explore.override.model', 'number'), column('explore.override.planner', 'number'), column('explore.override.gained', 'number'))),
      el('tbody', {}, scored.map((one) => el('tr', {}, el('th', { scope: 'row' }, span(one.start_at, one.end_at)), el('td', {}, one.made_by ? `${one.reason}${aside(one.made_by)}` : one.reason),
        el('td', { class: 'number' }, `× ${one.factor}`), el('td', { class: 'number' }, number(one.error_model)), el('td', { class: 'number' }, number(one.error_override)), el('td', { class: 'number' }, number(one.gained))))))));
}

/* ---- replay ---- */

const daysOf = (queue) => call(`/v1/queues/${encodeURIComponent(queue)}/days`).catch(() => []);

function surge(queues, first) {
  const result = el('div', { 'data-explore': 'replay' });
  const dates = (told) => told.map((one) => el('option', { value: one.date, selected: one.date === chosen.day }, `${one.date} · ${t('explore.readings', { n: number(one.readings) })}`));
  const day = el('select', { name: 'day', onchange: () => { chosen.day = day.value; } }, dates(first));
  const queue = el('select', { name: 'queue', onchange: async () => { chosen.queue = queue.value; fill(day, dates(await daysOf(queue.value))); } }, queues.map((one) => el('option', { selected: one === chosen.queue }, one)));
  const file = el('input', { type: 'file', name: 'file', accept: '.csv,.tsv,.xlsx', 'aria-label': t('explore.file') });
  const custom = el('textarea', { name: 'ladder', rows: 6, spellcheck: 'false', placeholder: t('explore.ladder.own') });
  const form = el('form', { class: 'replay-form', onsubmit: (event) => { event.preventDefault(); play(form, result).catch(tell); } },
    queues.length ? el('div', { class: 'row' }, el('label', { class: 'inline' }, t('explore.queue'), queue), el('label', { class: 'inline' }, t('explore.day'), day)) : null,
    el('label', {}, t('explore.file'), file),
    el('label', {}, t('explore.ladder'), el('select', { name: 'profile' }, ['recommended', 'literal', 'brisk'].map((one) => el('option', { value: one }, t('ladder.' + one))))),
    el('details', {}, el('summary', {}, t('explore.ladder.edit')), el('label', {}, t('explore.ladder.toml'), custom)),
    el('div', { class: 'row' }, el('button', { type: 'submit', class: 'primary', 'data-action': 'replay' }, t('explore.play'))));
  if (replayed) drawReplay(result, replayed);
  return el('section', { class: 'panel', 'data-step': 'replay' }, el('h2', {}, t('explore.replay')), el('p', { class: 'hint' }, t('explore.replay.about')), form, result);
}

async function play(form, place) {
  const body = new FormData(form);
  if (!body.get('file')?.size) body.delete('file');
  const asked = [body];
  if (!body.get('ladder')?.trim()) {
    const other = new FormData();
    body.forEach((value, name) => other.append(name, value));
    other.set('profile', body.get('profile') === 'recommended' ? 'literal' : 'recommended');
    asked.push(other);
  }
  const told = await answers(asked);
  [replayed, played] = [told, asked];
  drawReplay(document.querySelector("[data-explore='replay']") ?? place, told); // the page may have been drawn anew meanwhile
}

/** What the ladders asked for would have done, its reasons in the page's language. */
const answers = (asked) => Promise.all(asked.map((body) => {
  body.set('lang', language());
  return call('/v1/explore/replay', { method: 'POST', body });
}));

function drawReplay(place, told) {
  const [main_, other] = told;
  setZone(main_.timezone);
  const readings = main_.readings.map(([when, waiting]) => ({ at: Date.parse(when), waiting }));
  if (!readings.length) { fill(place, el('p', { class: 'hint' }, t('trend.empty'))); return; }
  const first = readings[0].at;
  const last = readings[readings.length - 1].at;
  const width = Math.max(320, place.clientWidth || 900);
  const marks = main_.decisions.filter((one) => one.kind === 'order' || one.kind === 'release').map((one) => ({ ...one, at: Date.parse(one.at) }));
  const sums = (one) => facts([[t('explore.ladder'), nameOf('ladder', one.ladder.name)], [t('explore.orders'), number(one.sums.sign_ins)], [t('explore.releases'), number(one.sums.releases)], [t('lab.flaps'), number(one.sums.flaps)], [t('explore.above', { n: 5 }), t('understood.minutes', { n: number(one.sums.minutes_above_5, 1) })],
    [t('explore.above', { n: 10 }), t('understood.minutes', { n: number(one.sums.minutes_above_10, 1) })], [t('explore.most'), number(one.sums.most_waiting)]]);
  fill(place, sums(main_), other ? sums(other) : null,
    el('figure', { class: 'trend-figure' }, trend({ readings, marks, thresholds: main_.thresholds, until: last, from: first - 60e3, maxGapSeconds: main_.max_gap_seconds, width, height: 260 })),
    el('h3', {}, `${t('explore.decisions')} · ${number(main_.decisions.length)}`),
    scrolled(t('explore.decisions'), el('table', {}, el('tbody', {}, main_.decisions.slice(0, 500).map((one) =>
      el('tr', { 'data-decision': one.kind }, el('td', {}, clockOf(Date.parse(one.at), true)), el('td', {}, el('span', { class: 'tag' }, t('decision.' + one.kind))), el('td', {}, one.rung ? t('rung.short', { n: one.rung }) : ''), el('td', {}, one.reason)))))));
}

/** Another language: everything is drawn anew, and what was typed, chosen and found stays. */
async function drawAgain() {
  const restore = keepTyped(main);
  const asked = played;
  const told = asked.length ? await answers(asked).catch(() => null) : null;
  if (told && played === asked) replayed = told; // else something newer was asked meanwhile
  await draw();
  restore();
}

head(() => drawAgain().catch(tell));
draw().catch(tell);

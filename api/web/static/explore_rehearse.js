// Past months planned again as they would have been, and the calls that came let in: was the promise kept?
import { chart } from './chart.js';
import { noPlans, planOptions } from './plan_heads.js';
import { beginJob, isRunning, lastJob, outcome, runningJob, watchJob } from './plan_jobs.js';
import { aside, call, el, fill, language, nameOf, number, percent, percentSign, scrolled, t, tell } from './page.js';

const LADDERS = ['recommended', 'literal', 'brisk'];
let chosen = null; // the plan whose months are rehearsed: the page may be drawn anew meanwhile

export function rehearsal(plans, onLeave) {
  const place = el('section', { class: 'panel', 'data-step': 'rehearse' }, el('h2', {}, t('rehearse.title')), el('p', { class: 'hint' }, t('rehearse.about')));
  if (!plans.length) { place.append(noPlans()); return place; }
  const result = el('div', { 'data-explore': 'rehearse' });
  const plan = el('select', { name: 'rehearsed', onchange: () => { chosen = plan.value; show(plan.value, result, onLeave).catch(tell); } }, planOptions(plans, chosen));
  const months = el('input', { name: 'rehearsed-months', type: 'number', min: 1, max: 24, value: 3, style: { width: '6rem' } });
  const daily = el('input', { type: 'checkbox', name: 'daily' });
  const boxes = LADDERS.map((one) => el('input', { type: 'checkbox', name: 'with-ladder', value: one, checked: one === 'recommended' }));
  place.append(el('form', { class: 'row', onsubmit: (event) => {
    event.preventDefault();
    const asked = { months: Number(months.value), daily: daily.checked, ladders: boxes.filter((box) => box.checked).map((box) => box.value) };
    beginJob({ url: `/v1/plans/${plan.value}` }, 'rehearse', { ...asked, time_limit_seconds: 20 }).then((job) => watch(job, plan.value, result, onLeave)).catch(tell);
  } },
  el('label', { class: 'inline' }, t('rehearse.of'), plan), el('label', { class: 'inline' }, t('rehearse.months'), months), el('label', { class: 'inline' }, daily, t('rehearse.daily')),
  el('fieldset', { class: 'row' }, el('legend', {}, t('rehearse.ladders')), boxes.map((box) => el('label', { class: 'inline' }, box, t('ladder.' + box.value)))), el('button', { type: 'submit', class: 'primary', 'data-action': 'rehearse' }, t('rehearse.run'))), result);
  show(plan.value, result, onLeave).catch(tell);
  return place;
}

/** What the plan's newest rehearsal found, or how far the one under way has come. */
async function show(plan, place, onLeave) {
  fill(place);
  const told = await call(`/v1/plans/${plan}`);
  const job = runningJob(told, 'rehearse') ?? lastJob(told, 'rehearse');
  if (!job) return;
  if (isRunning(job)) watch(job, plan, place, onLeave);
  else ended(await call(`/v1/plans/${plan}/jobs/${job.job_id}`), place);
}

function watch(job, plan, place, onLeave) {
  const shown = (now) => { const month = now.progress.what?.match(/\d{4}-\d{2}/); return month ? el('p', { class: 'hint' }, month[0]) : null; };
  watchJob(place, { url: `/v1/plans/${plan}`, onLeave }, job, { shown, ended: (now) => ended(now, place) });
}

const ended = (job, place) => (job.state === 'done' ? draw(place, job.result) : fill(place, outcome(job)));

/** The rows of the table: a figure of a month and how it is written; those of a ladder and of re-planning where they were asked for. */
function figures(month) {
  const rows = [['promised', (one) => `${percent(one.promised)}${aside(`${percent(one.lower_80)} – ${percent(one.upper_80)}`)}`], ['kept', (one) => percent(one.kept)], ['held', (one) => t(one.held ? 'rehearse.yes' : 'rehearse.no')], ['days_kept', (one) => percent(one.days_kept)],
    ['paid_hours', (one) => number(one.paid_hours)], ['seat_hours', (one) => number(one.seat_hours)], ['workbook', (one) => number(one.workbook)], ['hindsight', (one) => number(one.hindsight)], ['minutes_above_10', (one) => number(one.minutes_above_10)]]
    .map(([name, words]) => [t('rehearse.' + name), words]);
  for (const ladder of LADDERS.filter((one) => `kept_${one}` in month)) {
    rows.push(...['kept', 'minutes_above_10', 'people_minutes'].map((name) => [`${t('rehearse.' + name)} · ${nameOf('ladder', ladder)}`, (one) => (name === 'kept' ? percent(one[`kept_${ladder}`]) : number(one[`${name}_${ladder}`]))]));
  }
  const daily = (name) => `${name} · ${t('rehearse.daily')}`;
  if ('kept_daily' in month) rows.push(...['kept', 'hours', 'overtime', 'minutes_above_10'].map((name) => [daily(t('rehearse.' + (name === 'hours' ? 'seat_hours' : name))), (one) => (name === 'kept' ? percent(one.kept_daily) : number(one[`${name}_daily`]))]));
  for (const ladder of LADDERS.filter((one) => `kept_daily_${one}` in month)) rows.push([`${daily(t('rehearse.minutes_above_10'))} · ${t('ladder.' + ladder)}`, (one) => number(one[`minutes_above_10_daily_${ladder}`])]);
  return rows;
}

function draw(place, told) {
  const share = (name) => told.months.map((one) => one[name] * 100);
  fill(place,
    el('div', { 'data-said': 'rehearse' }, told.sentences.map((one) => el('p', {}, one[language()] ?? one.en))),
    chart({ title: t('rehearse.chart'), labels: told.months.map((one) => one.month), digits: 1, unit: percentSign(), height: 220, near: true,
      series: [{ name: t('rehearse.range'), kind: 'ribbon', values: told.months.map((one) => [one.lower_80 * 100, one.upper_80 * 100]) }, { name: t('rehearse.promised'), kind: 'line', colour: 'var(--series)', values: share('promised') }, { name: t('rehearse.kept'), kind: 'dot', colour: 'var(--series-2)', values: share('kept') }] }),
    scrolled(t('rehearse.title'), el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('rehearse.figure')), told.months.map((one) => el('th', { scope: 'col', class: 'number' }, one.month)))),
      el('tbody', {}, figures(told.months[0]).map(([name, words]) => el('tr', {}, el('th', { scope: 'row' }, name), told.months.map((one) => el('td', { class: 'number' }, words(one)))))))));
}
